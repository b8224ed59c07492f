/** Mistakes in what stands before the path: scheme, host, port. */
import { withUrl, type Signed } from '../signed.ts'
import type { Change, Changes } from './change.ts'

const OTHER_SCHEMES: Readonly<Record<string, string>> = {
  https: 'http',
  http: 'https',
  wss: 'https',
  ws: 'http',
}

/** A proxy that ends TLS, or a WebSocket's URL taken for a request's. */
export const toSchemes: Changes = function* (signed) {
  const other = OTHER_SCHEMES[signed.url.scheme]
  if (other !== undefined) yield { code: 'scheme', signed: withUrl(signed, { scheme: other }) }
  const upgrade = !signed.upgrade
  // Only a GET can be a handshake.
  if (signed.pairs.length === 0) yield { code: 'websocket_scheme', signed: { ...signed, upgrade } }
}

/** Every other host that the request or the user names, as it is written there. */
export const toHosts: Changes = function* (signed, { hosts }) {
  const { url } = signed
  for (const { source: detail, host, port } of hosts) {
    const isSame = host.toLowerCase() === url.host.toLowerCase()
    if (host === url.host && port === url.port) continue
    if (isSame && port !== url.port) {
      yield { code: 'port', detail, signed: withUrl(signed, { host, port }) }
    }
    if (isSame && host !== url.host) {
      yield { code: 'host_case', detail, signed: withUrl(signed, { host }) }
    }
    if (!isSame) yield* toOtherHost(signed, { detail, host, port })
  }
  yield* toSpellings(signed)
}

function* toOtherHost(
  signed: Signed,
  { detail, host, port }: { detail: string; host: string; port: string },
): Generator<Change> {
  yield { code: 'proxy_host', detail, signed: withUrl(signed, { host, port }) }
  if (port === '') return
  yield { code: 'proxy_host', detail, signed: withUrl(signed, { host, port: '' }) }
}

function* toSpellings(signed: Signed): Generator<Change> {
  const { host } = signed.url
  const lower = host.toLowerCase()
  if (lower !== host) yield { code: 'host_case', signed: withUrl(signed, { host: lower }) }
  const toggled = host.startsWith('www.') ? host.slice(4) : `www.${host}`
  yield { code: 'proxy_host', detail: 'www.', signed: withUrl(signed, { host: toggled }) }
}

/** Where development servers and proxies listen. */
const COMMON_PORTS = [443, 80, 8443, 8080, 8000, 3000, 5000, 8787, 1337, 4567, 9000]

/** That a port is left out is a form that the gateway accepts; another one is a mistake. */
export const toPorts: Changes = function* (signed, { ports }) {
  const all = new Set([...ports, ...COMMON_PORTS.map((port) => `:${port}`)])
  for (const port of all) {
    if (port === signed.url.port) continue
    yield { code: 'port', detail: port.slice(1), signed: withUrl(signed, { port }) }
  }
}
