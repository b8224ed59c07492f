import { describe, expect, it } from 'vitest'
import { createReach, type ReachOptions } from '../../../src/cli/trigger/reach.ts'

const options: ReachOptions = {
  to: 'http://127.0.0.1:8787/voice',
  status: 'http://127.0.0.1:9000/status',
  fallback: null,
  publicUrl: 'https://hooks.example.com',
  isAnyHost: false,
}

describe('createReach', () => {
  const reach = createReach(options)
  it.each([
    ['http://127.0.0.1:8787/a?b=c', 'http://127.0.0.1:8787/a?b=c'],
    ['http://127.0.0.1:9000/a', 'http://127.0.0.1:9000/a'],
    ['https://hooks.example.com/a?b=c#rc=2', 'http://127.0.0.1:8787/a?b=c#rc=2'],
    ['http://hooks.example.com/a', null],
    ['http://127.0.0.1:8788/a', null],
    ['https://live.example/a', null],
    ['nonsense', null],
  ])('%s: %s', (url, called) => {
    expect(reach(url)).toBe(called)
  })

  it('goes anywhere on the web when it is told to, and nowhere else', () => {
    const anywhere = createReach({ ...options, isAnyHost: true })
    expect(anywhere('https://live.example/a')).toBe('https://live.example/a')
    expect(anywhere('file:///etc/passwd')).toBeNull()
  })
})
