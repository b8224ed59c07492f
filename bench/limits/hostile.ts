/** Values and bodies that have broken parsers before. */
import type { Random } from './random.ts'

export const NAMES = [
  '__proto__',
  'constructor',
  'prototype',
  'hasOwnProperty',
  'toString',
  '__proto__[isAdmin]',
  'constructor.prototype.isAdmin',
  'then',
  'toJSON',
  '',
  '$where',
  'MediaUrl-1',
] as const

export const TEXTS = [
  '\u202etxt.exe\u202c',
  '\u0000',
  '\u0001\u0008\u001f',
  '\ufffe\uffff',
  '\u{1f469}\u200d\u{1f469}\u200d\u{1f466}',
  'a\u0300'.repeat(300),
  '\u2028\u2029',
  '\ufeff',
  '</Message></Response><Response><Dial>+15005550001</Dial>',
  '"><Redirect>https://evil.example/</Redirect><x y="',
  ']]><Dial>+15005550001</Dial>',
  '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>&e;',
  '<!--',
  '&#0;&#xD800;&lol;',
  '{{Body}}{{From}}',
  '{{__proto__}}{{constructor}}',
  '9007199254740993',
  '-1e309',
  "' OR 1=1; --",
  '\r\nX-Injected: 1',
  '${7*7}',
] as const

export const toDeepJson = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)

export const toDeepObject = (depth: number): string =>
  `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`

/** JSON that is small to send and awkward to hold. */
export function toJsonBomb(random: Random): string {
  return random.pick<() => string>([
    () => toDeepJson(10_000),
    () => toDeepObject(10_000),
    () => toDeepJson(100_000),
    () => `[${'1e309,'.repeat(5_000)}9007199254740993]`,
    () => `{${'"a":1,'.repeat(20_000)}"a":2}`,
    () => `{"__proto__":{"isAdmin":true},"constructor":{"prototype":{"isAdmin":true}}}`,
    () => `"${'\\ud800'.repeat(20_000)}"`,
    () => '['.repeat(10_000),
    () => `[{"specversion":"1.0","type":"com.twilio.x","id":"${'a'.repeat(100_000)}","data":{}}]`,
    () => `[${'null,'.repeat(1_000)}null]`,
    () => 'null',
    () => '',
  ])()
}

/** A form that cannot be decoded, or not as one would think. */
export function toBrokenForm(random: Random): Buffer {
  return random.pick<() => Buffer>([
    () => Buffer.from(`Body=%${random.pick(['', '4', 'zz', '%', 'u0041', '00'])}&From=%`),
    () => Buffer.from('Body=\0\0&\0=1'),
    () => Buffer.concat([Buffer.from('Body='), Buffer.from([0xff, 0xc0, 0x80, 0xed, 0xa0, 0x80])]),
    () => Buffer.from('&&&&==&=&'),
    () => Buffer.from('%ED%A0%80=%C0%AF&Body=%FF'),
    () => random.bytes(random.below(2_000)),
    () => Buffer.from('%'.repeat(1 + random.below(5_000))),
  ])()
}
