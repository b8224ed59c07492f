/** Requests that are not Twilio's by their signature: none may have an effect, and each gets 403. */
import { NAMES, TEXTS } from './hostile.ts'
import { forge, toPairs, toRow, type GatewayRow } from './gateway-row.ts'
import type { Random } from './random.ts'
import * as wire from './wire.ts'
import { sign, toBytes, toForm, toSignature } from './wire.ts'

/** A good form with another signature header. */
const withSignature = (random: Random, toHeaders: (good: string) => wire.Header[]) => {
  const pairs = toPairs(random)
  return toBytes({ body: toForm(pairs), headers: toHeaders(sign('/sms', pairs)) })
}
/** All bytes of it are there, and one of its first is another one. */
const change = (text: string, random: Random) => {
  const at = random.below(20)
  return text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1)
}

export const SIGNATURE_ROWS: GatewayRow[] = [
  toRow('no signature', [403], (r) => withSignature(r, () => [])),
  toRow('empty signature', [403], (r) => withSignature(r, () => [toSignature('')])),
  toRow('huge signature', [403], (r) =>
    withSignature(r, (good) => [toSignature(good.repeat(2 + r.below(1_000)))]),
  ),
  toRow('signature twice', [403], (r) =>
    withSignature(r, (good) => [toSignature(good), toSignature(r.pick([good, '', 'x']))]),
  ),
  toRow('non-ASCII signature', [403, 400], (r) =>
    withSignature(r, (good) => [
      toSignature(Buffer.concat([Buffer.from(good), Buffer.from([0xc3, 0xa9, 0xff])])),
    ]),
  ),
  toRow('random signature', [403], (r) => withSignature(r, () => [forge(r)])),
  toRow('one character changed', [403], (r) =>
    withSignature(r, (good) => [toSignature(change(good, r))]),
  ),
  toRow('signature of another body', [403], (r) => {
    const signature = sign('/sms', toPairs(r))
    return toBytes({ body: toForm(toPairs(r)), headers: [toSignature(signature)] })
  }),
  toRow('signature of another URL', [403], (r) => {
    const pairs = toPairs(r)
    const path = r.pick(['/voice', '/sms/', '/sms?a=1', '/SMS', '//sms', '/sms#', '/healthz'])
    return toBytes({ body: toForm(pairs), headers: [toSignature(sign(path, pairs))] })
  }),
  toRow('signature of a POST on a GET', [403], (r) => {
    const pairs = toPairs(r)
    const headers = [toSignature(sign('/sms', pairs))]
    return toBytes({ method: 'GET', path: `/sms?${toForm(pairs)}`, type: null, headers })
  }),
  toRow("signature by another's token", [403], (r) =>
    withSignature(r, () => [
      toSignature(
        sign('/sms', toPairs(r), { token: r.pick(['', 'undefined', 'null', r.hex(32)]) }),
      ),
    ]),
  ),
  toRow('hostile account', [403], (r) => {
    const account = r.pick([wire.NUMBER, ...TEXTS, ...NAMES])
    const pairs: wire.Pair[] = [
      ['AccountSid', account],
      ['Body', wire.BODY_MARK],
    ]
    return toBytes({ body: toForm(pairs), headers: [forge(r)] })
  }),
]
