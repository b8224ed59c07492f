/** An event as the API lists it. */
import type { EventItem } from '../../../src/cli/console/event-words.ts'

let count = 0

export function toEvent(change: Partial<EventItem> = {}): EventItem {
  count += 1
  return {
    id: `evt_${String(count).padStart(32, '0')}`,
    receivedAt: '2026-11-20T10:00:00.000Z',
    kind: 'messaging.inbound',
    endpoint: 'sms',
    source: '/endpoints/sms',
    account: `AC${'0'.repeat(32)}`,
    subject: `SM${'0'.repeat(32)}`,
    thread: `SM${'0'.repeat(32)}`,
    from: '+15005550006',
    to: '+15005550010',
    tookMs: 12,
    outcome: 'waiting',
    deliveries: [{ target: 'crm', status: 'waiting', attempts: 0 }],
    replays: 0,
    ...change,
  }
}
