import { XmlComment, XmlElement, XmlText, type XmlNode } from '@rgrove/parse-xml'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_PRETTY_CHARS, toPrettyTwiml } from '../../src/twilio/pretty-twiml.ts'
import { parseTwiml } from '../../src/twilio/twiml.ts'

/** What a document says, without the white space between its elements. */
function toMeaning(node: XmlNode): unknown {
  if (node instanceof XmlComment) return { comment: node.content }
  if (node instanceof XmlText) return node.text
  if (!(node instanceof XmlElement)) return node.type
  const { name, attributes, children } = node
  const isLaidOut =
    children.some((child) => child instanceof XmlElement || child instanceof XmlComment) &&
    children.every(
      (child) => !(child instanceof XmlText) || (child.type === 'text' && child.text.trim() === ''),
    )
  const said = isLaidOut ? children.filter((child) => !(child instanceof XmlText)) : children
  return { name, attributes: { ...attributes }, children: said.map(toMeaning) }
}

function meaningOf(text: string): unknown {
  const parsed = parseTwiml(text)
  return parsed.ok ? toMeaning(parsed.value.root) : parsed.error
}

const escape = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('"', '&quot;')
    .replaceAll('>', '&gt;')

const characters = fc.stringMatching(/^[ a-z<>&"'\n\t😀]{0,12}$/u)
const name = fc.constantFrom('Say', 'Gather', 'Dial', 'p')
const { node } = fc.letrec<{ node: string }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4 },
    characters.map(escape),
    characters.filter((text) => !text.includes(']]>')).map((text) => `<![CDATA[${text}]]>`),
    fc.stringMatching(/^[a-z ]{0,9}$/).map((text) => `<!--${text}-->`),
    fc
      .tuple(name, fc.array(characters, { maxLength: 3 }), fc.array(tie('node'), { maxLength: 4 }))
      .map(([tag, values, children]) => {
        const attributes = values.map((value, index) => ` a${index}="${escape(value)}"`).join('')
        return `<${tag}${attributes}>${children.join('')}</${tag}>`
      }),
  ),
}))

describe('toPrettyTwiml', () => {
  it('lays out verbs, keeps text inline and wraps long tags', () => {
    const document =
      '<?xml version="1.0" encoding="UTF-8"?><Response><Gather input="dtmf speech" action="https://app.example.com/a/long/path/to/the/menu" method="POST" numDigits="1">' +
      '<Say voice="alice">Press 1,\n  or <break time="1s"/> 2 &amp; wait.</Say><Pause></Pause></Gather><!-- bye --><Say> </Say><Hangup/></Response>'
    expect(toPrettyTwiml(document)).toBe(
      [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<Response>',
        '  <Gather',
        '      input="dtmf speech"',
        '      action="https://app.example.com/a/long/path/to/the/menu"',
        '      method="POST"',
        '      numDigits="1">',
        '    <Say voice="alice">Press 1,\n  or <break time="1s"/> 2 &amp; wait.</Say>',
        '    <Pause/>',
        '  </Gather>',
        '  <!-- bye -->',
        '  <Say> </Say>',
        '  <Hangup/>',
        '</Response>',
      ].join('\n'),
    )
  })

  it('says the same as before, and is as pretty as it gets', () => {
    fc.assert(
      fc.property(fc.array(node, { maxLength: 5 }), (nodes) => {
        const document = `<Response>${nodes.join('')}</Response>`
        const pretty = toPrettyTwiml(document)
        expect(meaningOf(pretty)).toEqual(meaningOf(document))
        expect(toPrettyTwiml(pretty)).toBe(pretty)
      }),
      { numRuns: 300 },
    )
  })

  it.each([
    '',
    'hello',
    '<Response><Say>1 < 2</Say></Response>',
    '<html><body>502</body></html>',
    `<Response>${'<p>'.repeat(200)}${'</p>'.repeat(200)}</Response>`,
    `<Response>${'x'.repeat(65_536)}</Response>`,
    '{"a":1}',
  ])('leaves what does not parse as it is: %#', (text) => {
    expect(toPrettyTwiml(text)).toBe(text)
  })

  it('keeps encoded line ends, and a document type', () => {
    const document =
      '<!DOCTYPE Response SYSTEM "x.dtd"><Response><Say a="1&#10;2">a&#13;b</Say></Response>'
    expect(toPrettyTwiml(document)).toBe(
      '<!DOCTYPE Response SYSTEM "x.dtd">\n<Response>\n  <Say a="1&#10;2">a&#13;b</Say>\n</Response>',
    )
  })

  it('stays bounded for 64 KB of the worst nesting', () => {
    const deep = 90
    const many = '<a/>'.repeat(15_000)
    const document = `<Response>${'<p>'.repeat(deep)}${many}${'</p>'.repeat(deep)}</Response>`
    expect(parseTwiml(document).ok).toBe(true)
    expect(toPrettyTwiml(document).length).toBeLessThanOrEqual(MAX_PRETTY_CHARS)
  })
})
