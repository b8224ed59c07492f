/** A project to deploy: its own wrangler files and config, everything else being this one's. */
import { spawn, type ChildProcess } from 'node:child_process'
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { finished, MAIN, ROOT, type Finished } from '../../e2e/switchboard.ts'
import type { Cloudflare } from './cloudflare.ts'

export const SECRETS = {
  TWILIO_AUTH_TOKENS: '0123456789abcdef0123456789abcdef',
  CRM_SECRET: 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=',
  REDACT_KEY: 'a-long-and-random-redaction-key',
  CONSOLE_PASSWORDS: 'a-long-password-of-the-console',
}

export const PUBLIC_URL = 'https://hooks.example.com'

export const CONFIG = `{
  publicUrl: '${PUBLIC_URL}',
  endpoints: { sms: { path: '/sms' }, status: { path: '/status' } },
  targets: {
    crm: { url: 'https://crm.example.com/', events: ['messaging.*'], secret: 'CRM_SECRET' },
  },
  redact: ['Body'],
}`

export type Project = ReturnType<typeof createProject>

/** @param options.quick `build` without npm around it, where that is not what is tested. */
export function createProject(cloudflare: Cloudflare, { quick = false } = {}) {
  const path = mkdtempSync(join(tmpdir(), 'switchboard-'))
  const write = (name: string, text: string) => writeFileSync(join(path, name), text)
  const read = (name: string) => readFileSync(join(path, name), 'utf8')
  for (const name of ['src', 'node_modules', 'migrations', 'tsconfig.json']) {
    symlinkSync(join(ROOT, name), join(path, name))
  }
  copyFileSync(join(ROOT, 'package.json'), join(path, 'package.json'))
  const copy = (name: string) => {
    const build = quick ? `${process.execPath} src/cli/main.ts build` : 'npm run build --silent'
    const text = readFileSync(join(ROOT, name), 'utf8')
    write(name, text.replace('npm run build --silent', build))
  }
  copy('wrangler.toml')
  copy('wrangler.consumer.toml')
  // Whatever is put into the system's folder for temporary files can be looked at.
  mkdirSync(join(path, 'tmp'))

  const writeConfig = (expression: string, name = 'switchboard.config.ts') => {
    const from = join(ROOT, 'src/config/index.ts')
    write(
      name,
      `import { defineConfig } from '${from}'\nexport default defineConfig(${expression})\n`,
    )
  }
  const writeSecrets = (secrets: Record<string, string>) => {
    const lines = Object.entries(secrets).map(([name, value]) => `${name}=${value}`)
    write('.dev.vars', `${lines.join('\n')}\n`)
  }
  writeConfig(CONFIG)
  writeSecrets(SECRETS)

  /** A process group of its own, so that it can be ended with all that it started. */
  function start(args: string[], env: Record<string, string> = {}): ChildProcess {
    const { PATH = '', HOME = '' } = process.env
    const whole = { PATH, HOME, TMPDIR: join(path, 'tmp'), ...cloudflare.env, ...env }
    return spawn(process.execPath, [MAIN, 'deploy', ...args], {
      cwd: path,
      env: whole as unknown as NodeJS.ProcessEnv,
      detached: true,
    })
  }

  return {
    path,
    write,
    read,
    /** A wrangler file of the real project. */
    copy,
    writeConfig,
    writeSecrets,
    start,
    deploy: (args: string[], env?: Record<string, string>): Promise<Finished> =>
      finished(start(args, env)),
    /** Files of the project, or of the system's folder, that have a secret in them. */
    listLeaks: () => listFiles(path).filter((name) => hasSecret(tryRead(name))),
    remove: () => rmSync(path, { recursive: true, force: true }),
  }
}

export const hasSecret = (text: string): boolean =>
  Object.values(SECRETS).some((secret) => text.includes(secret))

/** What runs now with a secret among its arguments. Linux; nothing elsewhere. */
export function listTalkativeProcesses(): string[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => tryRead(`/proc/${pid}/cmdline`))
    .filter(hasSecret)
}

/** Of this folder only: links lead to the real project. */
function listFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => name !== '.dev.vars')
    .flatMap((entry) => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return listFiles(path)
      return entry.isFile() ? [path] : []
    })
}

/** Empty for what has gone meanwhile. */
function tryRead(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
