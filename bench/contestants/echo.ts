/** A Worker that answers: what the runtime and HTTP cost by themselves. */
import type { BenchEnv } from './env.ts'
import { storeWebhook } from './store-webhook.ts'

const TEXT = 'ok'

export default {
  async fetch(request, env, context) {
    const form = env.KV ? await request.text() : ''
    await storeWebhook(request, form, TEXT, env, context)
    return new Response(TEXT)
  },
} satisfies ExportedHandler<BenchEnv>
