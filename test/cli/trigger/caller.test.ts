import { describe, expect, it } from 'vitest'
import { MAX_DOCUMENTS } from '../../../src/cli/trigger/call/caller.ts'
import { CALL_SID, call, heardIn, ORIGIN, problemsIn, toLines, valuesOf } from './telephone.ts'

const MENU = '<Gather numDigits="1" action="menu?x=1"><Say>Press\n  1</Say></Gather><Say>Bye</Say>'

describe('makeCall', () => {
  it('goes where the TwiML points, with one CallSid', async () => {
    const made = await call(
      { '/voice': MENU, '/menu': '<Redirect method="GET">../end</Redirect>', '/end': '<Hangup/>' },
      { digits: ['1'] },
    )
    expect(toLines(made)).toEqual([
      'POST /voice?t=1 voice.inbound',
      'POST /menu?x=1 voice.gather.action',
      'GET /end voice.inbound',
    ])
    expect(made.map((each) => valuesOf(each)['CallSid'])).toEqual([CALL_SID, CALL_SID, CALL_SID])
    expect(valuesOf(made[1])).toMatchObject({ Digits: '1', CallStatus: 'in-progress' })
    expect(heardIn(made)).toEqual(['hears “Press 1”', 'presses 1', 'is hung up'])
  })

  it('falls through a menu without a key, and asks nothing', async () => {
    const made = await call({ '/voice': MENU })
    expect(toLines(made)).toHaveLength(1)
    expect(heardIn(made)).toEqual([
      'hears “Press 1”',
      'presses nothing',
      'hears “Bye”',
      'the call ends',
    ])
  })

  it('asks without a key where the document wants it', async () => {
    const menu = MENU.replace('<Gather', '<Gather actionOnEmptyResult="true"')
    const made = await call({ '/voice': menu, '/menu': '<Hangup/>' })
    expect(valuesOf(made[1])).toMatchObject({ Digits: '' })
  })

  it('keys in what each menu takes, and leaves the rest for the next', async () => {
    const made = await call({ '/voice': MENU, '/menu': '<Gather/>' }, { digits: ['12', '34'] })
    expect(made.map((each) => valuesOf(each)['Digits'])).toEqual([undefined, '1', '2', '34'])
  })

  it('speaks where only speech is taken', async () => {
    const made = await call(
      { '/voice': '<Gather input="speech" action="/said"/>', '/said': '<Hangup/>' },
      { digits: ['1'] },
    )
    expect(valuesOf(made[1])).toMatchObject({ SpeechResult: '1' })
    expect(made[1]?.request.without).toContain('Digits')
  })

  it('says when it is answered, once, between the first document and the next', async () => {
    const order: string[] = []
    await call(
      { '/voice': '<Redirect>/two</Redirect>', '/two': '<Hangup/>' },
      {
        onAnswered: async () => void order.push('answered'),
        record: ({ request }) => void order.push(new URL(request.url).pathname),
      },
    )
    expect(order).toEqual(['/voice', 'answered', '/two'])
  })

  it('stops a loop after 50 documents', async () => {
    const made = await call({ '/voice': '<Redirect/>' })
    expect(made).toHaveLength(MAX_DOCUMENTS)
    expect(problemsIn(made)).toEqual([11215])
  })

  it('ends by itself where a document records itself again and again', async () => {
    const made = await call({ '/voice': '<Record/>' })
    expect(toLines(made)).toEqual([
      'POST /voice?t=1 voice.inbound',
      'POST /voice?t=1 voice.record.action',
    ])
    expect(heardIn(made).at(-1)).toBe('hangs up at the tone')
  })

  it.each([
    ['<Redirect>http://</Redirect>', 11100],
    ['<Dial action="https://[">1</Dial>', 11100],
  ])('takes %s for an error', async (document, code) => {
    expect(problemsIn(await call({ '/voice': document }))).toEqual([code])
  })

  it('does not call a host that nobody named', async () => {
    const made = await call({
      '/voice':
        '<Dial action="https://live.example/x?From=1"><Number statusCallback="https://live.example/y">1</Number></Dial>',
    })
    expect(made).toHaveLength(1)
    expect(problemsIn(made)).toEqual([])
    expect(
      heardIn(made).filter((text) => text === 'live.example would be asked next, and is not'),
    ).toHaveLength(2)
  })

  it('goes to the fallback once, at once, with what went wrong', async () => {
    const made = await call(
      {
        '/voice': '<Redirect>/broken</Redirect>',
        '/broken': { text: '<Response>' },
        '/help': '<Redirect>/broken</Redirect>',
      },
      { fallbackUrl: `${ORIGIN}/help` },
    )
    expect(toLines(made).slice(1)).toEqual([
      'POST /broken voice.inbound',
      'POST /help fallback',
      'POST /broken voice.inbound',
    ])
    expect(valuesOf(made[2])).toMatchObject({
      CallSid: CALL_SID,
      ErrorCode: '12100',
      ErrorUrl: `${ORIGIN}/broken`,
    })
    expect(problemsIn(made)).toEqual([12100, 12100])
  })

  it('ends at an error without a fallback', async () => {
    const made = await call({ '/voice': { status: 500 } })
    expect(problemsIn(made)).toEqual([11200])
    expect(made).toHaveLength(1)
  })

  it('plays what is no TwiML', async () => {
    expect(heardIn(await call({ '/voice': { contentType: 'audio/mpeg' } }))).toEqual([
      'hears a sound',
    ])
    const spoken = await call({ '/voice': { contentType: 'text/plain', text: 'Hello' } })
    expect(heardIn(spoken)).toEqual(['hears “Hello”'])
  })
})

describe('<Dial>', () => {
  const dial = (attributes = '', noun = '<Number>+1500</Number>') =>
    `<Dial action="/done" ${attributes}>${noun}</Dial>`
  const documents = (document: string) => ({ '/voice': document, '/done': '<Hangup/>' })

  it('tells the transfer in order, then the recording, then asks its action', async () => {
    const noun =
      '<Number url="/whisper" statusCallback="/leg" statusCallbackEvent="initiated ringing answered completed">1</Number>'
    const made = await call({
      ...documents(dial('record="record-from-answer" recordingStatusCallback="/rec"', noun)),
      '/whisper': '<Say>A customer</Say>',
    })
    expect(toLines(made)).toEqual([
      'POST /voice?t=1 voice.inbound',
      'POST /leg voice.call.status',
      'POST /leg voice.call.status',
      'POST /whisper voice.dial.whisper',
      'POST /leg voice.call.status',
      'POST /leg voice.call.status',
      'POST /rec voice.recording.status',
      'POST /done voice.dial.action',
    ])
    const legs = made.filter(({ request }) => request.url.endsWith('/leg')).map(valuesOf)
    expect(legs.map((each) => [each['SequenceNumber'], each['CallStatus']])).toEqual([
      ['0', 'initiated'],
      ['1', 'ringing'],
      ['2', 'in-progress'],
      ['3', 'completed'],
    ])
    const done = valuesOf(made.at(-1))
    expect(legs[0]).toMatchObject({ ParentCallSid: CALL_SID, CallSid: done['DialCallSid'] })
    expect(done).toMatchObject({
      CallSid: CALL_SID,
      DialCallStatus: 'completed',
      DialCallDuration: '33',
    })
    expect(valuesOf(made[6])['RecordingSid']).toBe(done['RecordingSid'])
    expect(heardIn(made)).toContain('the other side hears “A customer”')
  })

  it('that nobody takes has no whisper, no recording and no duration', async () => {
    const noun = '<Number url="/whisper" statusCallback="/leg">1</Number>'
    const made = await call(
      documents(dial('record="record-from-answer" recordingStatusCallback="/rec"', noun)),
      { dial: 'busy' },
    )
    expect(toLines(made).slice(1)).toEqual([
      'POST /leg voice.call.status',
      'POST /done voice.dial.action',
    ])
    expect(valuesOf(made[1])['CallStatus']).toBe('busy')
    expect(valuesOf(made[2])).toMatchObject({ DialCallStatus: 'busy' })
    expect(valuesOf(made[2])).not.toHaveProperty('DialCallDuration')
    expect(made[2]?.request.without).toEqual(['DialCallDuration'])
  })

  it('without an action goes on behind itself', async () => {
    const made = await call({ '/voice': '<Dial>+1500</Dial><Say>Back</Say>' })
    expect(heardIn(made)).toEqual([
      'is connected to a number: completed',
      'hears “Back”',
      'the call ends',
    ])
  })

  it('into a conference tells what happens there', async () => {
    const noun =
      '<Conference statusCallback="/c" statusCallbackEvent="start end join leave">room</Conference>'
    const made = await call(documents(dial('', noun)))
    expect(made.slice(1, -1).map((each) => valuesOf(each)['StatusCallbackEvent'])).toEqual([
      'conference-start',
      'participant-join',
      'participant-leave',
      'conference-end',
    ])
  })

  it('whose callback fails is not good, and goes on', async () => {
    const made = await call({
      ...documents(dial('', '<Number statusCallback="/leg">1</Number>')),
      '/leg': { status: 500 },
    })
    expect(problemsIn(made)).toEqual([11200])
    expect(toLines(made).at(-1)).toBe('POST /done voice.dial.action')
  })
})

describe('other verbs', () => {
  it('<Record> tells of recording and transcription, then asks its action', async () => {
    const made = await call({
      '/voice':
        '<Record action="/done" recordingStatusCallback="/rec" transcribeCallback="/text"/>',
      '/done': '<Hangup/>',
    })
    expect(toLines(made).slice(1)).toEqual([
      'POST /rec voice.recording.status',
      'POST /text voice.transcribe',
      'POST /done voice.record.action',
    ])
    const sids = made.slice(1).map((each) => valuesOf(each)['RecordingSid'])
    expect(new Set(sids).size).toBe(1)
  })

  it('<Enqueue> asks its wait URL, then its action', async () => {
    const made = await call({
      '/voice': '<Enqueue waitUrl="/wait" action="/out">support</Enqueue>',
      '/wait': '<Play>/music.mp3?key=1</Play>',
      '/out': '<Hangup/>',
    })
    expect(toLines(made).slice(1)).toEqual([
      'POST /wait voice.queue.wait',
      'POST /out voice.queue.action',
    ])
    expect(heardIn(made)).toContain('hears the sound /music.mp3')
  })

  it.each([
    ['<Connect action="/out"><Stream url="wss://x"/></Connect>', 'POST /out voice.connect.action'],
    ['<Pay action="/out"/>', 'POST /out voice.pay.action'],
  ])('%s goes on at its action', async (document, line) => {
    expect(toLines(await call({ '/voice': document, '/out': '<Hangup/>' }))[1]).toBe(line)
  })

  it('that are not known are passed over', async () => {
    const made = await call({ '/voice': '<Start/><Wobble/><Say>Hi</Say><Reject/><Say>never</Say>' })
    expect(heardIn(made)).toEqual([
      '<Start> is not played here',
      '<Wobble> is not played here',
      'hears “Hi”',
      'is rejected',
    ])
  })
})
