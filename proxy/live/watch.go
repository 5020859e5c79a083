package live

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/anton-payments/golive/fixtures/anton"
	"github.com/anton-payments/golive/proxy/recording"
)

// Watch looks at production again and again. What it sees stays in memory. Use
// NewWatch; one look at a time.
type Watch struct {
	line    *line
	profile *anton.Profile
	open    recording.Open
	calls   int // of one look, at most
	now     func() time.Time

	settled map[string]*recording.Exchange // deliveries that will not change, by event
	look    *recording.Recording           // the one under way
	left    int                            // calls left of it
	reads   struct{ total, limited, c4xx, c5xx, silent, unseen int }
	n       int // requests so far
}

// NewWatch begins a watch. open has Production.Watch set; calls is how many
// requests one look may make: the rate limit is the app's too.
func NewWatch(t Target, p *anton.Profile, open recording.Open, calls int) *Watch {
	w := &Watch{line: newLine(t), profile: p, open: open, calls: calls, now: time.Now, settled: map[string]*recording.Exchange{}}
	w.open.Upstream = t.URL.Host
	w.line.now = func() time.Time { return w.now().UTC() }
	w.line.id = func(prefix string) string {
		w.n++
		return prefix + strconv.Itoa(w.n)
	}
	w.line.keep = w.keep
	return w
}

// Narrate has it told there why a look takes long.
func (w *Watch) Narrate(out io.Writer) {
	w.line.say = func(format string, args ...any) { fmt.Fprintf(out, format+"\n", args...) }
}

// keep takes an exchange in, without the key.
func (w *Watch) keep(x *recording.Exchange) error {
	x.Request.Header = nil
	w.left--
	w.reads.total++
	switch status := x.Status(); {
	case status == 0:
		w.reads.silent++
	case status == 429:
		w.reads.limited++
	case status/100 == 4:
		w.reads.c4xx++
	case status/100 == 5:
		w.reads.c5xx++
	}
	w.look.Exchanges = append(w.look.Exchanges, x)
	return nil
}

// Look reads balances, webhooks, payouts, and the deliveries of the newest
// events, as far as the calls reach. The error is the context's. A refused key
// is asked once.
func (w *Watch) Look(ctx context.Context) (*recording.Recording, error) {
	o := w.open
	o.At = w.line.now()
	w.look, w.left, w.reads.unseen = &recording.Recording{Open: o}, w.calls, 0
	x, err := w.line.get(ctx, w.profile.Named(anton.BalanceList).Pattern, nil)
	if err == nil && x.Status()/100 == 2 {
		err = w.rest(ctx)
	}
	text := strconv.Itoa
	w.look.Marks = append(w.look.Marks, &recording.Mark{ID: "pm1", At: w.line.now(), Kind: recording.MarkReads, Facts: map[string]string{
		"total": text(w.reads.total), "429": text(w.reads.limited), "4xx": text(w.reads.c4xx), "5xx": text(w.reads.c5xx), "silent": text(w.reads.silent), "unseen": text(w.reads.unseen),
	}})
	w.look.Close = &recording.Close{At: w.line.now(), Reason: "finished"}
	return w.look, err
}

func (w *Watch) rest(ctx context.Context) error {
	if _, err := w.line.all(ctx, w.profile.Named(anton.SubscriptionList).Pattern, nil, 5); err != nil {
		return err
	}
	if _, err := w.since(ctx, w.profile.Named(anton.PayoutList).Pattern, w.left*2/3); err != nil {
		return err
	}
	pages, err := w.since(ctx, w.profile.Named("webhook-event-list").Pattern, max(1, w.left/5))
	if err != nil {
		return err
	}
	for _, x := range pages {
		for _, e := range entries(x) {
			if err := w.deliveries(ctx, e); err != nil {
				return err
			}
		}
	}
	return nil
}

// since walks a list, newest first, down to the watch's beginning.
func (w *Watch) since(ctx context.Context, path string, pages int) ([]*recording.Exchange, error) {
	var walked []*recording.Exchange
	query := url.Values{"limit": {strconv.Itoa(w.profile.MaxLimit)}}
	for range pages {
		x, err := w.line.get(ctx, path, query)
		if err != nil {
			return walked, err
		}
		walked = append(walked, x)
		all, cursor := entries(x), next(x)
		if cursor == "" || len(all) > 0 && w.before(all[len(all)-1]) {
			return walked, nil
		}
		query.Set("cursor", cursor)
	}
	return walked, nil
}

// before reports whether an entry is from before the watch's beginning.
func (w *Watch) before(entry map[string]any) bool {
	at, err := time.Parse(time.RFC3339Nano, member(entry, "created_at"))
	return err == nil && at.Before(w.open.Production.Watch.Since)
}

// deliveries reads those of one event, unless they are known for good.
func (w *Watch) deliveries(ctx context.Context, event map[string]any) error {
	id := member(event, "id")
	if id == "" || w.before(event) {
		return nil
	}
	if x := w.settled[id]; x != nil {
		w.look.Exchanges = append(w.look.Exchanges, x)
		return nil
	}
	if w.left <= 0 || w.quiet() {
		w.reads.unseen++
		return nil
	}
	path := strings.Replace(w.profile.Named("webhook-deliveries").Pattern, "{id}", url.PathEscape(id), 1)
	x, err := w.line.get(ctx, path, nil)
	if err == nil && final(x) {
		w.settled[id] = x
	}
	return err
}

// quiet: Anton has left three reads of this look without an answer, each of which
// takes its time; the deliveries are not worth it.
func (w *Watch) quiet() bool {
	silent := 0
	for _, x := range w.look.Exchanges {
		if x.Response == nil {
			silent++
		}
	}
	return silent > 2
}

// final reports whether no delivery of an answer will be tried again.
func final(x *recording.Exchange) bool {
	var page struct {
		Data []json.RawMessage `json:"data"`
	}
	if x.Status()/100 != 2 || json.Unmarshal(x.Response.Body.Bytes(), &page) != nil || len(page.Data) == 0 {
		return false
	}
	return !slices.ContainsFunc(page.Data, func(raw json.RawMessage) bool {
		var d struct {
			Status string `json:"status"`
		}
		return json.Unmarshal(raw, &d) != nil || d.Status != "success" && d.Status != "failed"
	})
}
