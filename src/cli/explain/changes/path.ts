/** Mistakes in the path: slashes, prefixes that a proxy strips or adds, index files, encodings. */
import { withUrl } from '../signed.ts'
import type { Changes } from './change.ts'

export const toSlashes: Changes = function* (signed) {
  const { path } = signed.url
  const toggled = path.endsWith('/') ? path.slice(0, -1) : `${path}/`
  yield { code: 'trailing_slash', signed: withUrl(signed, { path: toggled }) }
  const single = path.replaceAll(/\/{2,}/g, '/')
  if (single !== path) yield { code: 'double_slash', signed: withUrl(signed, { path: single }) }
  yield { code: 'double_slash', signed: withUrl(signed, { path: `/${path}` }) }
}

export const toPaths: Changes = function* (signed, { paths }) {
  const { path, query } = signed.url
  for (const hint of paths) {
    if (hint.isPrefix) {
      const prefixed = { path: hint.path + path }
      yield { code: 'path_prefix', detail: hint.source, signed: withUrl(signed, prefixed) }
    } else if (hint.path !== path || (hint.query !== null && hint.query !== query)) {
      const code = hint.path.endsWith(path) || path.endsWith(hint.path) ? 'path_prefix' : 'path'
      const whole = { path: hint.path, query: hint.query ?? query }
      const isQueryOnly = hint.path === path
      yield {
        code: isQueryOnly ? 'query_lost' : code,
        detail: hint.source,
        signed: withUrl(signed, whole),
      }
    }
  }
}

const MAX_SEGMENTS = 6

/** A prefix that something before the gateway adds. One that it takes away cannot be guessed. */
export const toShorterPaths: Changes = function* (signed) {
  const segments = signed.url.path.split('/')
  for (let count = 1; count < Math.min(segments.length - 1, MAX_SEGMENTS); count++) {
    const path = `/${segments.slice(count + 1).join('/')}`
    yield { code: 'path_prefix', detail: 'added', signed: withUrl(signed, { path }) }
  }
}

const INDEX_FILES = ['index.php', 'index.html', 'index.htm', 'index.aspx', 'index']

export const toIndexFiles: Changes = function* (signed) {
  const { path } = signed.url
  const folder = path.slice(0, path.lastIndexOf('/') + 1)
  const file = path.slice(folder.length)
  if (INDEX_FILES.includes(file)) {
    yield { code: 'index_file', signed: withUrl(signed, { path: folder }) }
    yield { code: 'index_file', signed: withUrl(signed, { path: folder.slice(0, -1) }) }
  }
  const base = path.endsWith('/') ? path : `${path}/`
  for (const name of INDEX_FILES) {
    yield { code: 'index_file', signed: withUrl(signed, { path: base + name }) }
  }
}

const toHexCase = (text: string, isUpper: boolean) =>
  text.replaceAll(/%[\da-f]{2}/gi, (hex) => (isUpper ? hex.toUpperCase() : hex.toLowerCase()))

/** Nothing when the path has nothing to decode; URIError is a path that is no UTF-8. */
export const toPathEncodings: Changes = function* (signed) {
  const { path } = signed.url
  const spellings = new Set([
    path.replaceAll(/%(?:2[1-9a-e]|3[ab0-9]|4\d|5\d|6\d|7[0-9ae])/gi, decodeURIComponent),
    decode(path),
    encodeURI(decode(path)),
    toHexCase(path, true),
    toHexCase(path, false),
    path.replaceAll('+', '%20'),
    path.replaceAll('%20', '+'),
  ])
  for (const spelling of spellings) {
    if (spelling !== path)
      yield { code: 'path_encoding', signed: withUrl(signed, { path: spelling }) }
  }
}

function decode(path: string): string {
  try {
    return decodeURI(path)
  } catch {
    return path
  }
}
