import { CloudEvent, HTTP } from 'cloudevents'
import { describe, expect, it } from 'vitest'
import { toAlert, type Alert } from '../../src/events/alert.ts'
import { OWN_KIND_NAMES, isOwnKindName } from '../../src/events/own-kinds.ts'
import { parseMessage } from '../../src/events/parse-message.ts'

const NOW = Date.UTC(2026, 10, 20, 10, 59, 59, 999)

const alert = (changes: Partial<Alert> = {}) =>
  toAlert({
    kind: 'switchboard.target.paused',
    target: 'crm',
    data: { reason: 'target_gone', attempts: 1 },
    now: NOW,
    ...changes,
  })

const idOf = (changes: Partial<Alert> = {}) => alert(changes).event.id

describe('toAlert', () => {
  it('makes an event like any other', () => {
    const { event, request, ...others } = alert()
    expect(event).toEqual({
      specversion: '1.0',
      id: expect.stringMatching(/^evt_[0-9a-f]{32}$/),
      source: '/switchboard',
      type: 'switchboard.target.paused',
      subject: 'crm',
      time: '2026-11-20T10:59:59.999Z',
      datacontenttype: 'application/json',
      kind: 'switchboard.target.paused',
      idempotencykey: 'switchboard.target.paused/crm/2026-11-20T10',
      traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/),
      data: { target: 'crm', reason: 'target_gone', attempts: 1 },
    })
    expect(request).toEqual({
      method: 'POST',
      contentType: '',
      query: '',
      body: '',
      encoding: 'utf-8',
    })
    expect(others).toEqual({ v: 1 })
  })

  it('has no subject when it is about no target', () => {
    const { event } = alert({ kind: 'switchboard.outbox.growing', target: null, data: {} })
    expect(event).not.toHaveProperty('subject')
    expect(event.data).toEqual({ target: null })
    expect(event.idempotencykey).toBe('switchboard.outbox.growing/2026-11-20T10')
  })

  it.each(OWN_KIND_NAMES)('%s passes the queue and is an event to the CloudEvents SDK', (kind) => {
    if (!isOwnKindName(kind)) throw new Error(kind)
    const text = JSON.stringify(alert({ kind }))
    expect(parseMessage(text)).toEqual({ ok: true, value: JSON.parse(text) })
    const received = HTTP.toEvent({
      headers: { 'content-type': 'application/cloudevents+json' },
      body: JSON.stringify(alert({ kind }).event),
    })
    expect(received instanceof CloudEvent && received.validate()).toBe(true)
  })

  it('gives all of an hour the same id, whatever they say', () => {
    const startOfHour = Date.UTC(2026, 10, 20, 10)
    expect(idOf({ now: startOfHour })).toBe(idOf())
    expect(idOf({ data: { reason: 'another' } })).toBe(idOf())
    expect(alert({ now: startOfHour }).event.traceparent).toBe(alert().event.traceparent)
  })

  it.each<[string, Partial<Alert>]>([
    ['hour', { now: NOW + 1 }],
    ['hour before', { now: NOW - 3_600_000 }],
    ['target', { target: 'crm2' }],
    ['absence of a target', { target: null }],
    ['kind', { kind: 'switchboard.breaker.opened' }],
  ])('gives another %s another id', (_name, changes) => {
    expect(idOf(changes)).not.toBe(idOf())
    expect(alert(changes).event.idempotencykey).not.toBe(alert().event.idempotencykey)
  })

  it('shares nothing between two alerts', () => {
    expect(alert().request).not.toBe(alert().request)
  })
})
