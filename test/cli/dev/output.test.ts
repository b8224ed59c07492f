import { expect, it } from 'vitest'
import { createOutput } from '../../../src/cli/dev/output.ts'

const AT = new Date(2026, 10, 20, 10, 2, 13)

function setUp(isJson: boolean) {
  const lines: string[] = []
  const output = createOutput({
    isJson,
    pathOf: () => undefined,
    write: (line) => lines.push(line),
    now: () => AT,
  })
  return { lines, output }
}

it('prints words, with the time for what happens while things run', () => {
  const { lines, output } = setUp(false)
  output.say({ event: 'dev.ready' }, 'ready')
  output.tell({ event: 'dev.tunnel.ended' }, 'ended')
  output.log('{"event":"ledger.pruned","count":2}', AT)
  output.log('workerd says', AT)
  expect(lines).toEqual([
    'ready',
    '10:02:13  ended',
    '10:02:13  · 2 old events left the ledger',
    'workerd says',
  ])
})

it('with --json prints objects only, those of the Workers as they are', () => {
  const { lines, output } = setUp(true)
  output.say({ event: 'dev.ready', url: 'http://a' }, 'ready')
  output.log('{"event":"ledger.pruned",  "count":2}', AT)
  for (const text of ['workerd says', '[1]', 'null']) output.log(text, AT)
  expect(lines[1]).toBe('{"event":"ledger.pruned",  "count":2}')
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { event: 'dev.ready', url: 'http://a' },
    { event: 'ledger.pruned' },
    ...['workerd says', '[1]', 'null'].map((text) => ({ event: 'runtime.output', text })),
  ])
})

it.each([true, false])(
  'holds the Workers’ lines back, and shows them when asked: %s',
  (withHeld) => {
    const { lines, output } = setUp(false)
    output.hold()
    output.log('held', AT)
    output.say({ event: 'dev.ready' }, 'said')
    output.release(withHeld)
    output.log('later', AT)
    expect(lines).toEqual(['said', ...(withHeld ? ['held'] : []), 'later'])
  },
)
