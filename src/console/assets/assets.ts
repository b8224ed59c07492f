/**
 * What browsers load besides the pages: one style sheet, htmx and our own small script. The names hold a
 * hash of the content, so that a browser keeps each for good and gets a new one after a deploy.
 */
import { createHash } from 'node:crypto'
import htmx from 'htmx.org/dist/htmx.min.js'
import script from './console.client.js'
import style from './style.css'

const FILES = {
  'style.css': { text: style, type: 'text/css; charset=utf-8' },
  'console.js': { text: script, type: 'text/javascript; charset=utf-8' },
  'htmx.js': { text: htmx, type: 'text/javascript; charset=utf-8' },
} as const

export type AssetName = keyof typeof FILES

export const ASSETS_PATH = '/assets'

function toHashedName(name: AssetName): string {
  const hash = createHash('sha256').update(FILES[name].text).digest('hex').slice(0, 12)
  const dot = name.lastIndexOf('.')
  return `${name.slice(0, dot)}.${hash}${name.slice(dot)}`
}

const NAMES: readonly AssetName[] = ['style.css', 'console.js', 'htmx.js']
const urls = new Map(NAMES.map((name) => [name, `${ASSETS_PATH}/${toHashedName(name)}`]))
const byUrl = new Map([...urls].map(([name, url]) => [url, FILES[name]]))

export const assetUrl = (name: AssetName): string => urls.get(name) ?? `${ASSETS_PATH}/${name}`

/** @param path of the request; null: there is no such file (any more) */
export function serveAsset(path: string): Response | null {
  const file = byUrl.get(path)
  if (!file) return null
  return new Response(file.text, {
    headers: {
      'content-type': file.type,
      'cache-control': 'public, max-age=31536000, immutable',
      'x-content-type-options': 'nosniff',
    },
  })
}
