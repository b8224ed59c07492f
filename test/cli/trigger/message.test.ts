import { describe, expect, it } from 'vitest'
import type { Exchange } from '../../../src/cli/trigger/call/call-request.ts'
import { MAX_DOCUMENTS } from '../../../src/cli/trigger/call/caller.ts'
import { sendMessage } from '../../../src/cli/trigger/call/message.ts'
import { createSend, heardIn, ORIGIN, problemsIn, type Documents } from './telephone.ts'

async function send(documents: Documents) {
  const exchanges: Exchange[] = []
  const { statusUrl } = await sendMessage(
    { kind: 'messaging.inbound', url: `${ORIGIN}/sms`, method: 'POST', set: [] },
    {
      send: createSend(documents),
      reach: (url) => (url.startsWith(ORIGIN) ? url : null),
      record: (exchange) => void exchanges.push(exchange),
    },
  )
  return { statusUrl, exchanges }
}

describe('sendMessage', () => {
  it('reads the replies and where their statuses go', async () => {
    const { statusUrl, exchanges } = await send({
      '/sms':
        '<Message action="done">One</Message><Message><Body>Two</Body><Media>/a.png</Media></Message><Dial/>',
    })
    expect(statusUrl).toBe(`${ORIGIN}/done`)
    expect(heardIn(exchanges)).toEqual([
      'gets “One”',
      'gets “Two” with 1 media',
      '<Dial> does nothing here',
    ])
  })

  it('follows redirects, 50 documents at most', async () => {
    const two = await send({ '/sms': '<Redirect>/b</Redirect>', '/b': '<Message>B</Message>' })
    expect(heardIn(two.exchanges)).toEqual(['gets “B”'])
    const loop = await send({ '/sms': '<Redirect>/sms</Redirect>' })
    expect(loop.exchanges).toHaveLength(MAX_DOCUMENTS)
    expect(problemsIn(loop.exchanges)).toEqual([14106])
  })

  it('knows an empty reply from one that is none', async () => {
    expect(heardIn((await send({ '/sms': '' })).exchanges)).toEqual(['gets no reply'])
    expect(problemsIn((await send({ '/sms': { status: 500 } })).exchanges)).toEqual([11200])
  })

  it('sends no statuses to a host that nobody named', async () => {
    const { statusUrl } = await send({
      '/sms': '<Message action="https://live.example/">x</Message>',
    })
    expect(statusUrl).toBeNull()
  })
})
