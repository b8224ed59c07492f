/** The parts of an event that one can have as plain text: `/events/<id>/parts/<part>`. */
export const PARTS = ['request', 'reply', 'event', 'curl', 'trigger'] as const

export type Part = (typeof PARTS)[number]

export const isPart = (text: string): text is Part => PARTS.some((part) => part === text)

export const toPartPath = (id: string, part: Part): string =>
  `/events/${encodeURIComponent(id)}/parts/${part}`
