/**
 * The scenarios of `switchboard trigger --scenario`, as data: what happens, in order. `run-scenario.ts`
 * makes it happen.
 */

export type Place = 'to' | 'status' | 'fallback'

export type Step =
  /** A call comes in; the TwiML that comes back is followed to its end. */
  | { do: 'call' }
  /** A message comes in; its replies are read. */
  | { do: 'message' }
  /** A webhook whose answer never reaches Twilio, so that it asks the fallback URL. */
  | { do: 'fallback' }
  /** Any webhook, as it is. */
  | { do: 'send' }
  /** The last webhook of `send` once more, with the same token. */
  | { do: 'again' }
  /** A callback about the call, or about the message that was the reply. `again`: as it was sent before. */
  | { do: 'status'; of: 'call' | 'message'; status: string; again?: boolean }

export interface Scenario {
  name: string
  summary: string
  /** URLs that it cannot do without, besides `to`. */
  needs: readonly Place[]
  steps: readonly Step[]
}

const status = (of: 'call' | 'message', name: string, again = false): Step => ({
  do: 'status',
  of,
  status: name,
  again,
})

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'call',
    summary: 'a whole call: it rings, the TwiML is followed (--digits, --dial), it is completed',
    needs: [],
    // `in-progress` is sent by the call itself, when its first document has come.
    steps: [status('call', 'ringing'), { do: 'call' }, status('call', 'completed')],
  },
  {
    name: 'message',
    summary: 'a message, and the statuses of the reply in order',
    needs: [],
    steps: [
      { do: 'message' },
      status('message', 'queued'),
      status('message', 'sent'),
      status('message', 'delivered'),
    ],
  },
  {
    name: 'message-shuffled',
    summary: 'the same with its statuses out of order, and some of them twice',
    needs: ['status'],
    steps: [
      { do: 'message' },
      status('message', 'delivered'),
      status('message', 'queued'),
      status('message', 'delivered', true),
      status('message', 'sent'),
      status('message', 'queued', true),
    ],
  },
  {
    name: 'retry',
    summary: 'a webhook of any kind, and the same twice more: the answers must be equal',
    needs: [],
    steps: [{ do: 'send' }, { do: 'again' }, { do: 'again' }],
  },
  {
    name: 'fallback',
    summary: 'a call whose answer Twilio does not get, so that it goes on at the fallback URL',
    needs: ['fallback'],
    steps: [status('call', 'ringing'), { do: 'fallback' }, status('call', 'completed')],
  },
]
