/** What a part hands back: a table for the terminal, and a picture of it. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { printTable } from '../table.ts'
import { toPicture, type Picture } from './picture.ts'

export interface Result {
  /** The picture's file is called so. */
  name: string
  title: string
  header: string[]
  rows: string[][]
  /** Below the table. */
  notes?: readonly string[]
  picture: Picture
}

/** How much is measured. */
export interface Extent {
  /** What had better have the machine to itself runs beside other things. */
  isBrief: boolean
  /** Starts of each contestant. */
  starts: number
  rounds: number
  /** For each contestant in a round. */
  requests: number
  warmUp: number
  /** At a fixed rate. */
  replySeconds: number
  /** How long the sender waits while the target hangs; Twilio: 15 s. */
  hangTimeoutMs: number
  /** Deaths of each part, and how long it lives before and after each. */
  deaths: number
  lifeMs: number
  /** How long is waited for what is still to come. */
  patienceMs: number
  /** Of locks and claims, where 30 and 60 seconds are too long to wait for. */
  leaseMs: number | undefined
  /** Webhooks in each of the target's troubles, and how many of these there are. */
  failing: number
  troubles: number
  /** Before memory is read. */
  memory: number
}

export function printResult({ title, header, rows, notes = [] }: Result): void {
  console.log(`\n  ${title}`)
  printTable(header, rows)
  for (const note of notes) console.log(`  ${note}`)
}

const FOLDER = join(import.meta.dirname, '../../docs/benchmarks')

export function writePicture({ name, picture }: Result): void {
  mkdirSync(FOLDER, { recursive: true })
  writeFileSync(join(FOLDER, `${name}.svg`), toPicture(picture))
}
