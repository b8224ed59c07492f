/** Placeholders: what is one, how values are escaped, and that no value changes a document's structure. */
import { parseXml, XmlElement, XmlText, type XmlNode } from '@rgrove/parse-xml'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  compileJson,
  compileTemplate,
  renderJson,
  renderTemplate,
  type GetParam,
} from '../../src/twilio/template.ts'

const from =
  (params: Record<string, string>): GetParam =>
  (name) =>
    new Map(Object.entries(params)).get(name)

const render = (text: string, params: Record<string, string>) =>
  renderTemplate(compileTemplate(text), from(params))

describe('compileTemplate', () => {
  test('splits a text once', () => {
    const { literals, placeholders } = compileTemplate('a {{From}} b {{To|url}}')
    expect(literals).toEqual(['a ', ' b ', ''])
    expect(placeholders).toEqual([
      { name: 'From', url: false },
      { name: 'To', url: true },
    ])
  })

  test.each([
    '{{MediaUrl0}}',
    '{{ From }}',
    '{{SipHeader_X-Id}}',
    '{{Parameters[a]}}',
    '{{a.b|url}}',
  ])('%s is a placeholder', (text) => {
    expect(compileTemplate(text).placeholders).toHaveLength(1)
  })

  test.each(['{{}}', '{{1}}', '{{a b}}', '{From}', '{{From', '{{From|html}}', '{{a"}}', '{{a<b}}'])(
    '%s is none',
    (text) => {
      expect(compileTemplate(text).placeholders).toEqual([])
      expect(render(text, { From: 'x', a: 'x' })).toBe(text)
    },
  )
})

describe('renderTemplate', () => {
  test('fills in values, and nothing for a missing one', () => {
    expect(render('<a>{{From}}, {{Nobody}}!</a>', { From: '+15005550006' })).toBe(
      '<a>+15005550006, !</a>',
    )
  })

  test('escapes all five characters of markup', () => {
    expect(render('{{a}}', { a: `<b c="d" e='f'> & ]]>` })).toBe(
      '&lt;b c=&quot;d&quot; e=&apos;f&apos;&gt; &amp; ]]&gt;',
    )
  })

  test('does not look for placeholders in values', () => {
    expect(render('{{a}}', { a: '{{b}}', b: 'secret' })).toBe('{{b}}')
  })

  test('leaves out what XML 1.0 cannot hold', () => {
    const value = 'a\0\u0008\u000b\u001f\ufffe\uffff\ud800b\udc00c\t\n\u{1f600}'
    expect(render('{{a}}', { a: value })).toBe('abc&#9;&#10;\u{1f600}')
  })

  test('percent-encodes for a URL, then escapes', () => {
    expect(render('?f={{a|url}}', { a: "+1 5&x='y'#\ud800é" })).toBe(
      '?f=%2B1%205%26x%3D%27y%27%23%C3%A9',
    )
  })
})

/** The document without its values: element names, attribute names, and where text stands. */
function toShape(node: XmlNode): unknown {
  if (node instanceof XmlText) return 'text'
  if (!(node instanceof XmlElement)) return node.type
  return [node.name, Object.keys(node.attributes), node.children.map(toShape)]
}

const MARKUP = [
  '<',
  '>',
  '&',
  '"',
  "'",
  ']]>',
  '<!--',
  '-->',
  '<![CDATA[',
  '<?x',
  '?>',
  '&#60;',
  '&lt;',
  'x',
  '</Say>',
  '<Hangup/>',
  '{{a}}',
  '{{',
  '}}',
  '\0',
  '\ud800',
  '\udc00',
  '\uffff',
  '\r',
  '\n',
]

describe('injection', () => {
  const text =
    '<Response><Say voice="{{a}}" language=\'{{b}}\'>.{{a}}.{{b}}<break time="{{b|url}}"/>.{{a|url}}</Say></Response>'
  const template = compileTemplate(text)
  const plain = toShape(parseXml(renderTemplate(template, () => 'x')).root ?? parseXml('<none/>'))
  const hostile = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(fc.constantFrom(...MARKUP)).map((parts) => parts.join('')),
  )

  test('no value changes the structure, and each arrives as it is', () => {
    fc.assert(
      fc.property(hostile, hostile, (a, b) => {
        const { root } = parseXml(renderTemplate(template, from({ a, b })))
        expect(root && toShape(root)).toEqual(plain)
        const say = root?.children[0]
        const language = say instanceof XmlElement ? say.attributes['language'] : undefined
        // oxlint-disable-next-line no-control-regex -- what XML cannot hold
        const kept = b.replace(/[^\t\n\r -\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '')
        expect(language).toBe(kept)
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('JSON', () => {
  test('fills in string values at any depth, unescaped', () => {
    const template = compileJson({ a: ['{{From}}', 1, null], b: { c: 'x{{Body}}y' }, d: true })
    const get = from({ From: '"<&', Body: '\n' })
    expect(renderJson(template, get)).toEqual({ a: ['"<&', 1, null], b: { c: 'x\ny' }, d: true })
  })

  test('leaves names and plain JSON alone', () => {
    expect(renderJson({ '{{a}}': 'b' }, () => 'x')).toEqual({ '{{a}}': 'b' })
    expect(renderJson(compileJson({ '{{a}}': '{{a}}' }), () => 'x')).toEqual({ '{{a}}': 'x' })
  })

  test('a member named __proto__ stays a member', () => {
    const template = compileJson(JSON.parse('{"__proto__":{"a":"{{a}}"}}'))
    expect(JSON.stringify(renderJson(template, () => 'x'))).toBe('{"__proto__":{"a":"x"}}')
  })

  test('any value survives the way through JSON text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        const text = JSON.stringify(renderJson(compileJson({ a: '{{v}}' }), () => value))
        expect(JSON.parse(text)).toEqual({ a: value })
      }),
    )
  })
})
