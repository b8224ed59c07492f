/** Small shapes that say the same as the words beside them, also in black and white. */

const SHAPES = {
  /** A full disc with a tick. */
  good: (
    <>
      <circle cx="7" cy="7" r="6.5" fill="currentColor" />
      <path d="M3.8 7.2 6.2 9.6 10.3 4.8" class="icon-cut" fill="none" stroke-width="1.8" />
    </>
  ),
  /** A clock. */
  wait: (
    <>
      <circle cx="7" cy="7" r="5.7" fill="none" stroke="currentColor" stroke-width="1.6" />
      <path d="M7 3.8V7l2.2 1.6" fill="none" stroke="currentColor" stroke-width="1.6" />
    </>
  ),
  /** A square with a cross. */
  bad: (
    <>
      <rect x="0.8" y="0.8" width="12.4" height="12.4" rx="1.5" fill="currentColor" />
      <path d="m4.2 4.2 5.6 5.6m0-5.6-5.6 5.6" class="icon-cut" fill="none" stroke-width="1.8" />
    </>
  ),
  /** An empty ring. */
  calm: (
    <circle
      cx="7"
      cy="7"
      r="5.5"
      fill="none"
      stroke="currentColor"
      stroke-width="1.6"
      stroke-dasharray="2.5 2"
    />
  ),
  paused: <path d="M4 2v10M10 2v10" stroke="currentColor" stroke-width="2.8" />,
  /** A triangle. */
  warn: (
    <>
      <path d="M7 .8 13.6 13H.4Z" fill="currentColor" />
      <path d="M7 5v3.6m0 1.4v1.4" class="icon-cut" stroke-width="1.6" />
    </>
  ),
} as const

export type IconName = keyof typeof SHAPES

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">
      {SHAPES[name]}
    </svg>
  )
}
