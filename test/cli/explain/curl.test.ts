import { spawnSync } from 'node:child_process'
import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findHeader } from '../../../src/cli/explain/capture/captured-request.ts'
import { parseCurl } from '../../../src/cli/explain/capture/curl.ts'
import { toShellWords } from '../../../src/cli/explain/capture/shell-words.ts'
import { UsageError } from '../../../src/cli/terminal/errors.ts'

const words = (command: string) => toShellWords(command).map((word) => word.toString('latin1'))

/** What bash itself makes of it: each word on its own, with a NUL behind it. */
function bashWords(command: string): string[] {
  // What `\\u` makes depends on the locale.
  const env = { ...process.env, LC_ALL: 'C.UTF-8' }
  const { stdout } = spawnSync('bash', ['-c', `printf '%s\\0' ${command}`], { env })
  return stdout.toString('latin1').split('\0').slice(0, -1)
}

describe('toShellWords', () => {
  it.each([
    [String.raw`a 'b c' "d e" f\ g`],
    [String.raw`'it'\''s' "it's" it\'s`],
    [String.raw`"a \"b\" \\ \n \$x"`],
    [String.raw`$'a\nb\tc\\d\'e\x41\101\u00e9\U0001F600'`],
    [String.raw`$'\xe4\xf6' $'\q' $'\cA'`],
    ['a \\\n  b\\\nc'],
    [`'' "" x''y`],
    [`a # not a word`],
    [`a#b 'x;y|z' a=b`],
    [
      `"a
b" 'c
d'`,
    ],
    [String.raw`$ "$" a$ "a$ b"`],
    [`é 😀 'ü' "中"`],
  ])('reads %s as bash does', (command) => {
    expect(words(command)).toEqual(bashWords(command))
  })

  it('stops where the command ends', () => {
    expect(words('a b; c')).toEqual(['a', 'b'])
    expect(words('a b | jq .')).toEqual(['a', 'b'])
    expect(words('a b && c')).toEqual(['a', 'b'])
    expect(words('a b\nc')).toEqual(['a', 'b'])
  })

  const quoted = fc
    .array(
      fc.string({ unit: 'binary', maxLength: 12 }).filter((text) => !text.includes('\0')),
      {
        minLength: 1,
        maxLength: 6,
      },
    )
    .map((parts) => parts.map((part) => part.toWellFormed()))

  it('reads what is quoted in either way as bash does, whatever it is', () => {
    fc.assert(
      fc.property(quoted, fc.nat(1), (parts, style) => {
        const command = parts.map((part) => (style === 0 ? singleQuote(part) : ansiQuote(part)))
        const text = command.join(' ')
        const sent = (part: string) => (style === 0 ? part.replaceAll('\r\n', '\n') : part)
        const expected = parts.map((part) => Buffer.from(sent(part)).toString('latin1'))
        expect(words(text)).toEqual(expected)
        // bash makes no character of the two units of one that are written as \\u.
        const hasUnits = /[\uD800-\uDFFF]/.test(parts.join(''))
        // A file that came by way of Windows has CRLF, which bash would take for part of a word.
        const asBash = () => bashWords(text.replaceAll('\r\n', '\n'))
        expect(hasUnits && style === 1 ? expected : asBash()).toEqual(expected)
      }),
      { numRuns: 150, examples: [[['\r\n', ''], 0]] },
    )
  })

  it('reads any mixture of quotes and backslashes as bash does, or refuses it', () => {
    const unit = fc.constantFrom('a', ' ', "'", '"', '\\', 'é', '\n', '$', '=', '%', 'n')
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 14 }), (text) => {
        const command = `x${text}`
        const mine = attempt(() => words(command))
        // `$` and a quote on the next line: nobody writes that.
        fc.pre(!/\$(?:\\\n)+['"]/.test(command))
        fc.pre(mine !== null && !/\n/.test(command.replaceAll(/\\\n/g, '').trim()))
        expect(mine).toEqual(bashWords(command.trim()))
      }),
      { numRuns: 200 },
    )
  })

  it.each(['a $HOME', 'a "${X}"', 'a `id`', 'a "$(id)"', 'a "$1"', 'a $\\\na'])(
    'refuses %s',
    (command) => {
      expect(code(() => words(command))).toBe('capture_variable')
    },
  )

  it.each([`a 'b`, 'a "b', `a $'b`])('refuses %s, which is not closed', (command) => {
    expect(code(() => words(command))).toBe('capture_quote')
  })
})

const singleQuote = (text: string) => `'${text.replaceAll("'", String.raw`'\''`)}'`

/** As Chrome does: everything that is not plain ASCII as \u, quotes and line ends escaped. */
const ansiQuote = (text: string) =>
  `$'${text.replaceAll(/[^ -~]|['\\!]/g, (char) => {
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
  })}'`

function attempt<T>(work: () => T): T | null {
  try {
    return work()
  } catch (error) {
    if (error instanceof UsageError) return null
    throw error
  }
}

function code(work: () => unknown): string | null {
  try {
    work()
    return null
  } catch (error) {
    return error instanceof UsageError ? error.code : String(error)
  }
}

const body = (command: string) => Buffer.from(parseCurl(command).body).toString()

describe('parseCurl', () => {
  it('reads what Chrome copies', () => {
    const request = parseCurl(String.raw`curl 'https://hooks.example.com/sms?a=1%202' \
  -H 'accept: */*' \
  -H 'content-type: application/x-www-form-urlencoded; charset=UTF-8' \
  -b 'session=1' \
  -H 'x-twilio-signature: RSOYDt4T1cUTdK1PDd93/VVr8B8=' \
  --data-raw $'From=%2B15005550006&Body=It\'s \u00e9\u0021' \
  --compressed`)
    expect(request).toMatchObject({ method: 'POST', url: 'https://hooks.example.com/sms?a=1%202' })
    expect(Buffer.from(request.body).toString()).toBe("From=%2B15005550006&Body=It's é!")
    expect(findHeader(request.headers, 'X-Twilio-Signature')).toBe('RSOYDt4T1cUTdK1PDd93/VVr8B8=')
    expect(findHeader(request.headers, 'cookie')).toBe('session=1')
  })

  it('reads what Chrome copies for cmd.exe', () => {
    const request = parseCurl(
      [
        'curl ^"https://hooks.example.com/sms?a=1^&b=%20x^" ^',
        '  -H ^"accept: */*^" ^',
        '  -H ^"x-twilio-signature: RSOYDt4T1cUTdK1PDd93/VVr8B8=^" ^',
        '  --data-raw ^"From=^%^2B1^&Body=a^\\^"b^\\^" ^<c^>^"',
      ].join('\r\n'),
    )
    expect(request.url).toBe('https://hooks.example.com/sms?a=1&b=%20x')
    expect(Buffer.from(request.body).toString()).toBe('From=%2B1&Body=a"b" <c>')
    expect(request.headers).toContainEqual(['x-twilio-signature', 'RSOYDt4T1cUTdK1PDd93/VVr8B8='])
  })

  it("reads Twilio's documentation, and Postman's", () => {
    expect(
      body(`curl -X POST https://h.example/sms \\
      --data-urlencode "From=+1 500" --data-urlencode 'Body=a&b=c' -d X=1`),
    ).toBe('From=%2B1%20500&Body=a%26b%3Dc&X=1')
    const postman = parseCurl(`curl --location --request POST 'https://h.example/sms' \\
--header 'X-Twilio-Signature: abc' \\
--header 'Content-Type: application/x-www-form-urlencoded' \\
--data-urlencode 'To=+1'`)
    expect(postman).toMatchObject({ method: 'POST', url: 'https://h.example/sms' })
    expect(Buffer.from(postman.body).toString()).toBe('To=%2B1')
  })

  it.each([
    ['curl https://h.example/x', 'GET', 'https://h.example/x'],
    ['curl -I https://h.example/x', 'HEAD', 'https://h.example/x'],
    ['curl h.example', 'GET', 'http://h.example/'],
    ['curl -G -d a=1 -d b=2 https://h.example/x?c=3', 'GET', 'https://h.example/x?c=3&a=1&b=2'],
    ['curl --url-query q=1 https://h.example/x', 'GET', 'https://h.example/x?q=1'],
    ['curl -sSXPUT https://h.example/x -d a', 'PUT', 'https://h.example/x'],
    ['curl -X PUT --url https://h.example/x', 'PUT', 'https://h.example/x'],
    ['curl -o /dev/null -w "%{http_code}" https://h.example/x#frag', 'GET', 'https://h.example/x'],
    ['$ curl -k https://h.example/x', 'GET', 'https://h.example/x'],
    ['A=1 /usr/bin/curl https://h.example/x | jq .', 'GET', 'https://h.example/x'],
    ['curl `\n https://h.example/x', 'GET', 'https://h.example/x'],
  ])('%s', (command, method, url) => {
    expect(parseCurl(command)).toMatchObject({ method, url })
  })

  it('makes the headers that curl makes', () => {
    const headers = (command: string) => parseCurl(`curl https://h.example ${command}`).headers
    expect(headers('-d a')).toEqual([['content-type', 'application/x-www-form-urlencoded']])
    expect(headers(`-d a -H 'Content-Type: text/xml'`)).toEqual([['Content-Type', 'text/xml']])
    expect(headers(`-d a -H 'Content-Type:'`)).toEqual([])
    expect(headers(`-H 'X-Empty;'`)).toEqual([['X-Empty', '']])
    expect(headers(`--json '{}'`)).toEqual([['content-type', 'application/json']])
    expect(headers('-u me:pass')).toEqual([['authorization', 'Basic bWU6cGFzcw==']])
  })

  it('keeps bytes that are no text', () => {
    const { body: bytes } = parseCurl(String.raw`curl https://h.example --data-binary $'a\xff\x01'`)
    expect([...bytes]).toEqual([97, 255, 1])
  })

  it.each([
    ['curl https://h.example -d @secret.txt', 'capture_file'],
    ['curl https://h.example --data-urlencode name@secret.txt', 'capture_file'],
    ['curl https://h.example -F a=b', 'capture_curl'],
    ['curl', 'capture_curl'],
    ['wget https://h.example', 'capture_curl'],
    ['curl -d a', 'capture_curl'],
    ['curl https://h.example -H', 'capture_curl'],
  ])('refuses %s', (command, expected) => {
    expect(code(() => parseCurl(command))).toBe(expected)
  })
})
