/**
 * What became of a target's deliveries, as one bar: delivered, waiting, dead. It stands beside the same in
 * numbers, and so says nothing to a screen reader.
 */
import { Patterns, toFill, type Paint } from './pattern.tsx'

interface RateBarProps {
  /** Unique on the page. */
  id: string
  delivered: number
  waiting: number
  dead: number
}

const HEIGHT = 16

export function RateBar({ id, delivered, waiting, dead }: RateBarProps) {
  const total = delivered + waiting + dead
  const parts: [Paint, number][] = [
    ['good', delivered],
    ['wait', waiting],
    ['bad', dead],
  ]
  let x = 0
  return (
    <svg class="rate" height={HEIGHT} aria-hidden="true">
      <Patterns chart={id} paints={parts.map(([paint]) => paint)} />
      <rect class="rate-ground" width="100%" height={HEIGHT} />
      {parts.map(([paint, count]) => {
        if (count === 0) return null
        const width = (count / total) * 100
        const left = x
        x += width
        return (
          <rect
            x={`${left.toFixed(2)}%`}
            y="0"
            width={`${width.toFixed(2)}%`}
            height={HEIGHT}
            {...toFill(id, paint)}
          />
        )
      })}
    </svg>
  )
}
