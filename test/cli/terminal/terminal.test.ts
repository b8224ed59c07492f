import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  CancelledError,
  toReason,
  UsageError,
  WorkError,
} from '../../../src/cli/terminal/errors.ts'
import { createTerminal } from '../../../src/cli/terminal/terminal.ts'

let out = ''
let err = ''
beforeEach(() => {
  out = ''
  err = ''
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => Boolean((out += text)))
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => Boolean((err += text)))
})
afterEach(() => vi.restoreAllMocks())

describe('createTerminal', () => {
  it('puts the result on standard output and the rest on standard error', async () => {
    const terminal = createTerminal()
    terminal.note('meanwhile')
    terminal.warn('careful')
    const value = await terminal.step('Working', () => Promise.resolve(1))
    terminal.result({ value }, 'done')
    expect(out).toBe('done\n')
    expect(err).toContain('meanwhile')
    expect(err).toContain('careful')
    expect(err).toContain('Working')
  })

  it('is one document and silence with --json', async () => {
    const terminal = createTerminal({ json: true })
    terminal.note('meanwhile')
    terminal.warn('careful')
    const value = await terminal.step('Working', (update) => {
      update('half')
      return Promise.resolve(1)
    })
    terminal.result({ value }, 'done')
    expect([JSON.parse(out), err]).toEqual([{ value: 1 }, ''])
    expect(terminal.isInteractive).toBe(false)
  })

  it('lets what failed in a step through', async () => {
    const failure = new WorkError('no')
    const work = () => Promise.reject(failure)
    await expect(createTerminal().step('Working', work)).rejects.toBe(failure)
  })
})

describe('errors', () => {
  it('have the exit codes that the documentation names', () => {
    const errors = [new WorkError('x'), new UsageError('x'), new CancelledError()]
    expect(errors.map(({ exitCode, code }) => [exitCode, code])).toEqual([
      [1, 'failed'],
      [2, 'usage'],
      [130, 'cancelled'],
    ])
  })
})

describe('toReason', () => {
  it.each([
    [new Error('outer', { cause: new Error('inner') }), 'inner'],
    [new Error('alone'), 'alone'],
    ['text', 'text'],
  ])('finds the words in %s', (error, reason) => {
    expect(toReason(error)).toBe(reason)
  })
})
