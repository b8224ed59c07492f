/** A process of the soak: what it is told, and what it says. */
import { fork, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'

export interface Child<Order, News extends { news: string }> {
  pid: number
  tell: (order: Order) => void
  /** The next news of this name. Rejects when the process ends before. */
  next: <Name extends News['news']>(name: Name) => Promise<Extract<News, { news: Name }>>
  on: (listen: (news: News) => void) => void
  ended: Promise<void>
  kill: () => void
}

/** @param args what the script gets @param script in this folder */
export function startChild<Order extends object, News extends { news: string }>(
  script: string,
  args: readonly string[],
): Child<Order, News> {
  const child: ChildProcess = fork(join(import.meta.dirname, script), [...args])
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const listeners = new Set<(news: News) => void>()
  child.on('message', (message) => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- both ends are ours
    for (const listen of listeners) listen(message as unknown as News)
  })
  return {
    pid: child.pid ?? 0,
    tell: (order) => void child.send(order),
    on: (listen) => void listeners.add(listen),
    next<Name extends News['news']>(name: Name) {
      return new Promise<Extract<News, { news: Name }>>((resolve, reject) => {
        const isIt = (news: News): news is Extract<News, { news: Name }> => news.news === name
        const listen = (news: News) => {
          if (!isIt(news)) return
          listeners.delete(listen)
          resolve(news)
        }
        listeners.add(listen)
        void ended.then(() => reject(new Error(`${script} has ended`)))
      })
    },
    ended,
    kill: () => void child.kill('SIGKILL'),
  }
}

/** For the child itself: nobody is there any more to tell it what to do. */
export function endWithParent(): void {
  process.once('disconnect', () => process.exit(1))
}

/** For the child itself. */
export function say(news: object): void {
  process.send?.(news)
}
