/**
 * The backup on the disk: for its owner only (a URL may hold a login), whole or not at all, and written
 * through before anything at Twilio changes. One adopt or restore at a time.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { claimState, DEFAULT_STATE } from '../project/state.ts'
import { writeWhole } from '../project/write-whole.ts'
import { UsageError } from '../terminal/errors.ts'
import { backupSchema, EMPTY_BACKUP, type Backup } from './backup.ts'

export const BACKUP_FILE = 'twilio-numbers.backup.json'

/** An empty one when there is no file. */
export function loadBackup(): Backup {
  if (!existsSync(BACKUP_FILE)) return EMPTY_BACKUP
  const backup = backupSchema.safeParse(parseJson(readFileSync(BACKUP_FILE, 'utf8')))
  if (backup.success) return backup.data
  const [issue] = backup.error.issues
  throw new UsageError(`${BACKUP_FILE} is not what adopt wrote (${issue?.path.join('.')}).`, {
    code: 'backup_invalid',
    next: 'Nothing was changed. Mend it, or move it away if you do not need what is in it.',
  })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** Returns when it is on the disk. A backup without entries is no file. */
export function saveBackup(backup: Backup): void {
  if (Object.keys(backup.entries).length === 0) return rmSync(BACKUP_FILE, { force: true })
  writeWhole(BACKUP_FILE, `${JSON.stringify(backup, null, 2)}\n`, { mode: 0o600, isDurable: true })
}

/** Two at once would write over each other's backup. */
export async function withBackupClaimed<T>(work: () => Promise<T>): Promise<T> {
  const claim = claimFolder()
  try {
    return await work()
  } finally {
    claim.release()
  }
}

function claimFolder() {
  try {
    return claimState(`${DEFAULT_STATE}/numbers`)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    throw new UsageError('Another adopt or restore runs in this folder.', {
      code: 'numbers_busy',
      next: 'Wait for it, or stop it.',
    })
  }
}
