/** What the tests read in the documents: sections, tables and blocks of code. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export const ROOT = join(import.meta.dirname, '../..')

export interface Block {
  /** `ts`, `xml`, `sh`, or empty. */
  language: string
  text: string
  /** Of its first line in the document: a failing test says where to look. */
  line: number
  /** The last heading before it, as written, without its `#`. */
  section: string
  /** The last line of text before it. */
  before: string
}

export interface Table {
  section: string
  columns: string[]
  /** Cells as written. */
  rows: string[][]
}

export interface Document {
  blocks: Block[]
  tables: Table[]
}

export function readDocument(file: string): Document {
  return parseDocument(readFileSync(join(ROOT, file), 'utf8'))
}

export function parseDocument(markdown: string): Document {
  const document: Document = { blocks: [], tables: [] }
  let section = ''
  let before = ''
  let block: Block | null = null
  let table: Table | null = null
  for (const [i, line] of markdown.split('\n').entries()) {
    if (block) {
      if (line === '```') block = null
      else block.text += `${line}\n`
      continue
    }
    if (line.startsWith('```')) {
      block = { language: line.slice(3), text: '', line: i + 2, section, before }
      document.blocks.push(block)
    }
    if (line.startsWith('|')) {
      if (table) table.rows.push(toCells(line))
      else document.tables.push((table = { section, columns: toCells(line), rows: [] }))
    } else table = null
    if (line.startsWith('#')) section = line.replace(/^#+ /, '')
    if (line !== '' && !block) before = line
  }
  for (const each of document.tables) each.rows = each.rows.slice(1)
  return document
}

/** A `\|` is text. */
function toCells(line: string): string[] {
  const cells = line.split(/(?<!\\)\|/).slice(1, -1)
  return cells.map((cell) => cell.trim().replaceAll('\\|', '|'))
}
