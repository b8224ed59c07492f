import { describe, expect, it } from 'vitest'
import { isUnsettled } from '../../../src/console/pages/event/deliveries-panel.tsx'
import type { EventDetail } from '../../../src/console/pages/events/shapes.ts'

type Run = { replay: string | null; targets: string[]; deliveries: [string, string][] }

/** As much of an event as the question needs. */
function toDetail(outcome: string, runs: Run[]): EventDetail {
  const detail = {
    event: { outcome },
    runs: runs.map(({ deliveries, ...run }) => ({
      ...run,
      deliveries: deliveries.map(([target, status]) => ({ target, status })),
    })),
  }
  return detail as unknown as EventDetail
}

describe('isUnsettled', () => {
  const own: Run = { replay: null, targets: ['crm'], deliveries: [['crm', 'delivered']] }
  const replay: Run = { replay: 'rpl_1', targets: ['crm'], deliveries: [] }

  it.each([
    ['all is delivered', 'delivered', [own], null, false],
    ['a replay is asked for and not there', 'delivered', [own], 'rpl_1', true],
    ['a replay is claimed, without a delivery yet', 'delivered', [own, replay], 'rpl_1', true],
    [
      'a replay waits',
      'delivered',
      [own, { ...replay, deliveries: [['crm', 'waiting']] }],
      null,
      true,
    ],
    [
      'a replay is dead',
      'delivered',
      [own, { ...replay, deliveries: [['crm', 'dead']] }],
      'rpl_1',
      false,
    ],
    ['the event waits', 'waiting', [own], null, true],
    [
      'no target takes it',
      'unmatched',
      [{ replay: null, targets: [], deliveries: [] }],
      null,
      false,
    ],
  ] satisfies [string, string, Run[], string | null, boolean][])(
    'when %s',
    (_, outcome, runs, expected, is) => {
      expect(isUnsettled({ detail: toDetail(outcome, runs), expected })).toBe(is)
    },
  )
})
