/** A port for the gateway, found before anything is started. */
import { createServer } from 'node:net'
import { UsageError } from '../terminal/errors.ts'

/** @param port 0: any free one */
export function freePort(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', () => {
      reject(
        new UsageError(
          `Port ${port} is in use. Stop what listens there (a run that was killed may have left its ` +
            `workerd), or pass --port.`,
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
