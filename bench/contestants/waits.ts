/** Nothing but the waits of a webhook, one after the other: a look-up of 50 ms at most, if any, then the queue. */
import { createSlowBindings } from './bindings.ts'

let bindings: ReturnType<typeof createSlowBindings> | undefined

export default {
  async fetch(_request, { REMEMBER }) {
    bindings ??= createSlowBindings()
    if (REMEMBER === 'on') {
      await Promise.race([
        bindings.KV.get('token'),
        new Promise((resolve) => setTimeout(resolve, 50)),
      ])
    }
    await bindings.EVENTS.send('event')
    return new Response('ok')
  },
} satisfies ExportedHandler<{ REMEMBER: 'on' | 'off' }>
