import type { AllPages, ListedPage } from '../../all-pages.ts';
import {
  Age,
  CopyLine,
  EmptyState,
  mountReport,
  PageHead,
  Path,
  plural,
  useClock,
  useNow,
  Visible,
} from '../index.ts';
import './styles.css';

const day = 86_400_000;

function Page({ data: { folder, pages } }: { data: AllPages }) {
  return (
    <>
      <PageHead heading={<Heading pages={pages} />} lede={<Path path={folder} />} />
      {pages.length === 0 ? (
        <EmptyState title="No installed plugin writes a page." />
      ) : (
        <ul class="all-pages sheet">
          {pages.map((page) => (
            <li key={page.href}>
              <Row page={page} />
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

/** How many pages there are, and how old the oldest is when this is read. */
function Heading({ pages }: { pages: readonly ListedPage[] }) {
  const now = useNow();
  const ages = pages.flatMap(({ madeAt }) => (madeAt === null ? [] : [now - Date.parse(madeAt)]));
  if (ages.length === 0) return <>No page was made yet</>;
  const oldest = Math.floor(Math.max(...ages) / day);
  const made =
    ages.length === pages.length
      ? plural(ages.length, 'page')
      : `${ages.length} of ${plural(pages.length, 'page')}`;
  return (
    <>
      {made}, {oldest < 1 ? 'none older than a day' : `the oldest of ${plural(oldest, 'day')} ago`}
    </>
  );
}

function Row({ page: { title, href, madeAt, says, command } }: { page: ListedPage }) {
  const clock = useClock();
  return (
    <>
      <div class="all-pages-text">
        <h2>{madeAt === null ? title : <a href={href}>{title}</a>}</h2>
        <p class="all-pages-says">
          {madeAt === null ? (
            'Not made yet.'
          ) : (
            <bdi>
              <Visible text={says ?? 'It does not say what it shows.'} />
            </bdi>
          )}
        </p>
        {madeAt !== null && (
          <p class="about">
            Made <time dateTime={madeAt}>{clock.dateTime(madeAt)}</time>
            <Age at={madeAt} />
          </p>
        )}
      </div>
      {command !== undefined && <CopyLine text={command} of={`the command that makes ${title}`} />}
    </>
  );
}

mountReport<AllPages>((data) => <Page data={data} />);
