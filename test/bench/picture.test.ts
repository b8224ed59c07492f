import { parseXml, XmlElement } from '@rgrove/parse-xml'
import { describe, expect, it } from 'vitest'
import { toPicture, type Picture } from '../../bench/peers/picture.ts'

const PICTURE: Picture = {
  title: 'Reply time <ms> & more',
  description: 'How long the sender waits.',
  series: ['p50', 'p99'],
  rows: [
    { label: 'one', bars: [bar(10), bar(20)] },
    { label: 'the other', bars: [bar(40), { value: Number.NaN, text: '–' }] },
  ],
}

function bar(value: number) {
  return { value, text: `${value} ms` }
}

function listElements(svg: string): XmlElement[] {
  const walk = (element: XmlElement): XmlElement[] => [
    element,
    ...element.children.filter((child) => child instanceof XmlElement).flatMap(walk),
  ]
  const { root } = parseXml(svg)
  return root ? walk(root) : []
}

const toBars = (svg: string): XmlElement[] =>
  listElements(svg).filter(
    ({ name, attributes }) => name === 'rect' && attributes['height'] === '16',
  )

describe('toPicture', () => {
  const svg = toPicture(PICTURE)

  it('is well-formed and says what it shows, values included', () => {
    const [root, title, desc] = listElements(svg)
    expect(root?.attributes).toMatchObject({ role: 'img', 'aria-labelledby': 'title desc' })
    expect(title?.text).toBe('Reply time <ms> & more')
    expect(desc?.text).toBe(
      'How long the sender waits. one: p50 10 ms, p99 20 ms. the other: p50 40 ms, p99 –.',
    )
  })

  it('draws lengths in proportion, and none for what was not measured', () => {
    const [first = 0, second = 0, third = 0] = toBars(svg).map(({ attributes }) =>
      Number(attributes['width']),
    )
    expect(toBars(svg)).toHaveLength(3)
    expect(second / first).toBeCloseTo(2, 2)
    expect(third / first).toBeCloseTo(4, 2)
  })

  it('tells series apart by more than colour', () => {
    const classes = toBars(svg).map(({ attributes }) => attributes['class'])
    expect(classes).toEqual(['bar solid', 'bar stripes', 'bar solid'])
  })

  it('has a text for each bar, and follows light and dark without a script', () => {
    const texts = listElements(svg).filter(({ name }) => name === 'text')
    expect(texts.map(({ text }) => text)).toEqual(
      expect.arrayContaining(['10 ms', '20 ms', '40 ms', '–', 'one', 'the other']),
    )
    expect(svg).toContain('prefers-color-scheme: dark')
    expect(svg).not.toMatch(/<script|\bon\w+=/)
  })

  it('draws nothing where all values are nought', () => {
    const empty = { ...PICTURE, rows: [{ label: 'one', bars: [bar(0), bar(0)] }] }
    expect(toBars(toPicture(empty))).toHaveLength(0)
  })
})
