/** Lists of Twilio's REST API, page by page, so that the way can be shown. */

interface Page<T> {
  instances: T[]
  nextPage(): Promise<Page<T>> | undefined
}

/** api.twilio.com takes up to 1,000 a page, messaging.twilio.com 100. */
export const LARGE_PAGE = { pageSize: 1000 }
export const SMALL_PAGE = { pageSize: 100 }

/** Everything, in Twilio's order; `onPage` hears how many came with each page. */
export async function readAllPages<T>(
  first: Promise<Page<T>>,
  onPage: (count: number) => void = () => {},
): Promise<T[]> {
  const all: T[] = []
  let next: Promise<Page<T>> | undefined = first
  while (next) {
    const page: Page<T> = await next
    all.push(...page.instances)
    onPage(page.instances.length)
    next = page.nextPage()
  }
  return all
}
