/**
 * The process that makes the load: the simulator's traffic, the target that takes the events, and somebody
 * who looks at the console. Apart, so that its memory is nobody's.
 */
import { runConversations } from '../../src/cli/simulate/run.ts'
import { toSummary, type Sent } from '../../src/cli/simulate/summary.ts'
import { endWithParent, say } from './child.ts'
import type { LoadNews, LoadOrder, Window } from './messages.ts'
import { startTarget } from './target.ts'
import { planTraffic, SIGNER, toAim, toOverrides } from './traffic.ts'

endWithParent()
const target = await startTarget()
const all: Sent[] = []
let window = toWindow()
let aim = { gatewayUrl: '', consoleUrl: '' }

/** What somebody looks at who has the console open. */
const PAGES = ['/', '/events', '/targets', '/dead', '/api/v1/events?limit=50', '/api/v1/overview']
const PAGE_EVERY_MS = 1_000

function toWindow(): Window {
  return { sent: 0, replyMs: [], deliveryMs: [], pageMs: [], failedPages: 0, taken: 0 }
}

async function send({ rate, seconds, seed }: Extract<LoadOrder, { order: 'send' }>) {
  const { sent } = await runConversations(planTraffic(aim.gatewayUrl, { rate, seconds, seed }), {
    signer: SIGNER,
    publicUrl: null,
    date: new Date(),
    places: toAim(aim.gatewayUrl),
    overrides: toOverrides(),
    signal: new AbortController().signal,
    onSent(_, each) {
      window.sent += 1
      window.replyMs.push(each.durationMs)
    },
  })
  all.push(...sent)
  say({ news: 'sent' } satisfies LoadNews)
}

async function lookAtConsole(): Promise<void> {
  for (let n = 0; ; n += 1) {
    await new Promise((resolve) => setTimeout(resolve, PAGE_EVERY_MS))
    const beganAt = performance.now()
    const response = await fetch(new URL(PAGES[n % PAGES.length] ?? '/', aim.consoleUrl)).catch(
      () => null,
    )
    await response?.arrayBuffer().catch(() => null)
    window.pageMs.push(performance.now() - beganAt)
    if (response?.status !== 200) window.failedPages += 1
  }
}

function measure(): void {
  const measured = { ...window, deliveryMs: target.takeTimes(), taken: target.countOwn() }
  window = toWindow()
  say({ news: 'measured', window: measured } satisfies LoadNews)
}

function end(): void {
  const { wrong } = toSummary(all)
  const account = {
    sent: all.length,
    wrong: wrong.map(({ what, count }) => `${what} × ${count}`),
    taken: target.taken(),
    twice: target.twice(),
  }
  process.send?.({ news: 'ended', account } satisfies LoadNews, () => process.exit(0))
}

process.on('message', (message) => {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- run.ts is ours
  const order = message as LoadOrder
  if (order.order === 'aim') {
    const isNew = aim.consoleUrl === ''
    aim = order
    if (isNew) void lookAtConsole()
  } else if (order.order === 'send') void send(order)
  else if (order.order === 'measure') measure()
  else end()
})
say({ news: 'listening', targetUrl: target.url } satisfies LoadNews)
