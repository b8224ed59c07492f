/** Each link of a document to another file, or to a heading, leads there. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { expect, it } from 'vitest'
import { ROOT } from './markdown.ts'

const listDocuments = (folder: string): string[] =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => normalize(join(folder, name)))
const DOCUMENTS = [...listDocuments('.'), ...listDocuments('docs')]

const withoutBlocks = (markdown: string): string => markdown.replaceAll(/^ *```[^]*?^ *```$/gm, '')
const TEXTS = new Map(
  DOCUMENTS.map((file) => [file, withoutBlocks(readFileSync(join(ROOT, file), 'utf8'))]),
)

/** As GitHub makes them: lower case, no punctuation, dashes for spaces. */
const toAnchor = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')
const anchorsOf = (text: string): string[] =>
  [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => toAnchor(heading))

function leads(from: string, link: string): boolean {
  const [path = '', anchor] = link.split('#')
  const to = path === '' ? from : normalize(join(dirname(from), path))
  if (!existsSync(join(ROOT, to))) return false
  const text = TEXTS.get(to)
  return anchor === undefined || text === undefined || anchorsOf(text).includes(anchor)
}

it.each(DOCUMENTS)('%s has no link that leads nowhere', (file) => {
  const links = [...(TEXTS.get(file) ?? '').matchAll(/\]\(([^)\s]+)\)/g)].map(([, to = '']) => to)
  const own = links.filter((link) => !/^https?:/.test(link))
  expect(own.filter((link) => !leads(file, link))).toEqual([])
})
