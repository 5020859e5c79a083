package checks

import (
	"slices"
	"strings"

	"github.com/anton-payments/golive/proxy/recording"
)

var (
	paginationItems = []Item{Pagination}
	pagesNeeded     = []recording.Exercise{recording.Pages}
)

var paginationToTheEnd = add(&Check{
	ID:    "pagination-to-the-end",
	Title: "a list is read until has_more is false",
	Doc: `What stands on the pages that were not read does not exist for the app: payouts that are
never reconciled.

Looked at: a walk through a list with a short and an empty page in its middle. Mend: go on
while has_more is true, whatever the page's length.`,
	Items: paginationItems,
	Needs: pagesNeeded,
	Run: func(t *Trial) {
		walks := t.listWalks()
		var longest walk
		for _, w := range walks {
			if w.complete() {
				t.Saw(w.end())
				return
			}
			if len(w) > len(longest) {
				longest = w
			}
		}
		if end := longest.end(); end != nil {
			t.Failf(end, "stopped after page %d (%d entries) though has_more was true, want every next_cursor asked for until it is false",
				longest.number(end), end.entries)
		} else if len(longest) > 0 {
			t.Failf(longest[0], "stopped at page 1, answered %d, want the list read to its end", longest[0].Status())
		}
	},
})

var paginationCursor = add(&Check{
	ID:    "pagination-cursor",
	Title: "the cursor sent is the one just received",
	Doc: `Cursors are opaque: built from an id or damaged on the way they are refused, or lead to
another place in the list.

Looked at: each cursor of the walks, after URL decoding, against the next_cursor before
it; the cursors hold + / = and %. Mend: keep next_cursor as a string and let the HTTP
library encode it.`,
	Items: paginationItems,
	Needs: pagesNeeded,
	Run: func(t *Trial) {
		sent := 0
		for _, w := range append(t.listWalks(), t.walks(recording.PagesError)...) {
			sent += t.followed(w)
		}
		if sent == 0 && t.Ran(recording.Pages) {
			t.Missingf("no page but the first was asked for; mend pagination-to-the-end first")
		}
	},
})

// followed judges the cursors of a walk and counts them.
func (t *Trial) followed(w walk) int {
	sent := 0
	issued := ""
	known := map[string]bool{}
	for _, p := range w {
		how := p.damaged(issued)
		switch {
		case p.cursor == "", issued == "" && len(known) > 0: // what follows the end is pagination-stop's
		case p.cursor == issued, known[p.cursor]:
			t.Saw(p)
			sent++
		case how != "":
			t.Failf(p, "cursor of page %d %s, want it to decode to the next_cursor just received", w.number(p), how)
			sent++
		default:
			t.Failf(p, "cursor %s was never received, want the next_cursor of the page before", brief(p.cursor))
			sent++
		}
		if p.read {
			issued, known[p.next] = p.next, true
		}
	}
	return sent
}

var paginationStop = add(&Check{
	ID:    "pagination-stop",
	Title: "a walk ends with has_more false and takes no page twice",
	Doc: `A walk that does not stop uses up the rate limit; a page taken twice counts its payouts
twice.

Looked at: requests of a walk after its last page, and cursors asked for again though they
had been answered. Mend: end the loop when has_more is false; move to next_cursor after
each page.`,
	Items: paginationItems,
	Needs: pagesNeeded,
	Run: func(t *Trial) {
		walks := t.listWalks()
		for _, w := range append(walks, t.walks(recording.PagesError)...) {
			t.onceEach(w)
		}
		stopped := false
		for _, w := range walks {
			if w.complete() {
				stopped = true
				t.Saw(w.end())
				t.notAnew(w, walks)
			}
		}
		if !stopped && len(walks) > 0 {
			t.Missingf("no walk came to has_more false, so it says nothing that none went on; mend pagination-to-the-end first")
		}
	},
})

// onceEach judges that no page of a walk was taken twice and none after its end.
func (t *Trial) onceEach(w walk) {
	taken := map[string]bool{}
	ended := false
	for _, p := range w {
		switch {
		case ended:
			t.Failf(p, "cursor %s asked for after has_more was false, want nothing further", brief(p.cursor))
		case taken[p.cursor]:
			t.Failf(p, "page %d asked for again though it had been answered, want each cursor once", w.number(p))
		}
		taken[p.cursor] = taken[p.cursor] || p.read
		ended = ended || p.read && !p.more
	}
}

// notAnew judges that the list action did not go back to the beginning of the
// list after its end. Who walks it whole a second time, or reads the first page
// at other times too, does so on purpose.
func (t *Trial) notAnew(w walk, walks []walk) {
	answer := t.listAnswer(recording.Pages)
	var anew *page
	for _, v := range walks {
		if v.complete() || inJSON(v[0].asked) != inJSON(w[0].asked) {
			continue
		}
		if v[0].Start.Before(w.end().End) || answer == nil || v[0].Start.After(answer.At) {
			return
		}
		if anew == nil {
			anew = v[0]
		}
	}
	if anew != nil {
		t.Failf(anew, "list begun anew after has_more was false, want nothing further")
	}
}

var paginationError = add(&Check{
	ID:    "pagination-error",
	Title: "a page that failed is asked for again",
	Doc: `A walk that ends at the first 503 looks like a short list; one that begins anew may never
come to its end.

Looked at: what follows one 503 in the middle of a walk. Mend: ask for the same cursor
again after a pause, and report an error rather than half a list.`,
	Items: paginationItems,
	Needs: []recording.Exercise{recording.PagesError},
	Level: Should,
	Run: func(t *Trial) {
		walks := t.walks(recording.PagesError)
		met := false
		for i, w := range walks {
			for n, p := range w {
				if p.Status() >= 500 {
					met = true
					t.resumedWalk(w, n, walks[i+1:])
				}
			}
		}
		if !met && t.Ran(recording.PagesError) {
			t.Missingf("no page of a walk failed; see that the list action asks for more than one page")
		}
	},
})

// resumedWalk judges what follows the n-th page of a walk, which failed.
func (t *Trial) resumedWalk(w walk, n int, later []walk) {
	failed, answer := w[n], t.listAnswer(recording.PagesError)
	again := slices.ContainsFunc(w[n+1:], func(p *page) bool { return p.cursor == failed.cursor })
	anew := slices.IndexFunc(later, func(v walk) bool { return !v[0].Start.Before(failed.End) })
	switch {
	case again && w.complete(), failed.cursor == "" && anew >= 0:
		t.Saw(failed)
	case again && w.end() != nil:
		t.Saw(failed)
		t.Failf(w.end(), "walk cut short after a failed page, want it read to has_more false")
	case anew >= 0:
		t.Saw(failed)
		t.Failf(later[anew][0], "list begun anew after %s, want the failed page asked for again with its cursor", seen(failed.Exchange))
	case t.watched(failed.Exchange) < t.patience() && (answer == nil || answer.At.Before(failed.End)):
		t.Missingf("the app was not watched for %s after the failed page; let golive certify run to its end", seconds(t.patience()))
	default:
		t.Saw(failed)
		t.Failf(failed, "walk given up after %s, want the failed page asked for again with its cursor", seen(failed.Exchange))
	}
}

// wholeList is how many entries the made-up list has.
const wholeList = "57"

var paginationComplete = add(&Check{
	ID:    "pagination-complete",
	Title: "the list action counts every entry",
	Doc: `The walk may be right and its sum wrong: an entry dropped at a page's edge is a payout that
nobody reconciles.

Looked at: the count that the list action answers for a list of 57. Mend: gather the
entries of all pages, those of short pages too.`,
	Items: paginationItems,
	Needs: pagesNeeded,
	Unless: func(e *Evidence) string {
		if m := e.listAnswer(recording.Pages); m != nil && m.Facts["value"] == "" && m.Facts["error"] == "" {
			return "the list action in golive.yaml gives no count"
		}
		return ""
	},
	Run: func(t *Trial) {
		m := t.listAnswer(recording.Pages)
		switch {
		case m == nil:
		case m.Facts["error"] != "":
			t.Missingf("the list action gave no count: %s", m.Facts["error"])
		case strings.TrimSpace(m.Facts["value"]) != wholeList:
			t.Failf(m, "%s entries counted in a list of %s, want %s", m.Facts["value"], wholeList, wholeList)
		default:
			t.Saw(m)
		}
	},
})
