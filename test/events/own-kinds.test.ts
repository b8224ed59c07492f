import { describe, expect, it } from 'vitest'
import {
  isOwnKind,
  isOwnKindName,
  OWN_KIND_NAMES,
  OWN_KINDS,
  OWN_PREFIX,
} from '../../src/events/own-kinds.ts'
import { KIND_NAMES } from '../../src/twilio/kinds.ts'

describe('the table', () => {
  it('has the kinds that targets can subscribe to', () => {
    expect(OWN_KIND_NAMES).toEqual([
      'switchboard.delivery.dead',
      'switchboard.target.paused',
      'switchboard.breaker.opened',
      'switchboard.breaker.closed',
      'switchboard.outbox.growing',
      'switchboard.backlog.old',
      'switchboard.test',
    ])
  })

  it.each(Object.entries(OWN_KINDS))('says in one sentence what %s is', (name, kind) => {
    expect(name.startsWith(OWN_PREFIX)).toBe(true)
    expect(kind.description).toMatch(/^[A-Z][^.<>&@]+\.$/)
    expect(kind.description.length).toBeLessThanOrEqual(120)
  })
})

describe('isOwnKind', () => {
  it.each([...OWN_KIND_NAMES, 'switchboard.of.a.newer.version'])('knows %s', (kind) => {
    expect(isOwnKind(kind)).toBe(true)
  })

  it.each([...KIND_NAMES, 'unknown', 'switchboard', 'switchboards.x', 'x.switchboard.y', ''])(
    'takes %s for Twilio’s',
    (kind) => {
      expect(isOwnKind(kind)).toBe(false)
    },
  )
})

describe('isOwnKindName', () => {
  it('knows the table and nothing else', () => {
    expect(OWN_KIND_NAMES.every(isOwnKindName)).toBe(true)
    expect(isOwnKindName('switchboard.of.a.newer.version')).toBe(false)
    expect(isOwnKindName('toString')).toBe(false)
  })
})
