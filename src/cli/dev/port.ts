/** Ports for the Workers, found before anything is started. */
import { createServer } from 'node:net'
import { UsageError } from '../terminal/errors.ts'

/** @param port 0: any free one; @param option how to choose another one */
export function freePort(port: number, option = '--port'): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', () => {
      reject(
        new UsageError(
          `Port ${port} is in use. Stop what listens there (a run that was killed may have left its ` +
            `workerd), or pass ${option}.`,
          { code: 'port_in_use' },
        ),
      )
    })
    probe.listen(port, '127.0.0.1', () => {
      const address = probe.address()
      const chosen = typeof address === 'object' && address ? address.port : port
      probe.close(() => resolve(chosen))
    })
  })
}

/**
 * For the console: the one that was asked for, else the one behind the gateway's, so that one finds it
 * without looking; any free one when that is taken.
 */
export async function freeConsolePort(asked: number | null, gatewayPort: number): Promise<number> {
  if (asked !== null) return freePort(asked, '--console-port')
  return freePort(Math.min(gatewayPort + 1, 65_535)).catch(() => freePort(0))
}
