package exercise

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/anton-payments/golive/fixtures/anton"
	"github.com/anton-payments/golive/proxy"
	"github.com/anton-payments/golive/proxy/app"
	"github.com/anton-payments/golive/proxy/recording"
)

// Exercises about paged lists.

func init() {
	plan = append(plan,
		&Exercise{Name: recording.Pages, Title: "a list of 57 entries in odd pages", Phase: Alone, Actions: []string{"list"}, Lasts: time.Second, Run: func(ctx context.Context, b *bench) error {
			return b.walk(ctx, recording.Pages, 0)
		}},
		&Exercise{Name: recording.PagesError, Title: "the same list with a 503 in the middle", Phase: Alone, Actions: []string{"list"}, Lasts: 3 * time.Second, Run: func(ctx context.Context, b *bench) error {
			return b.walk(ctx, recording.PagesError, 2)
		}},
	)
}

// entries is the length of the made-up list (INT-8).
const entries = 57

func (b *bench) walk(ctx context.Context, x recording.Exercise, failing int) error {
	b.proxy.During(x)
	defer b.proxy.During("")
	armed := b.proxy.Arm(proxy.Fault{Kind: recording.FaultPages, Route: anton.PayoutList,
		Pages: &proxy.Pages{Entries: entries, Size: 20, FailPage: failing, Entry: b.entry}})
	defer armed.Disarm()
	f, err := b.list(ctx, x)
	if err != nil {
		return err
	}
	// An app may answer at once and walk in the background.
	defer b.progress.wait(x, "", "the end of the walk", b.patience())()
	b.watch.until(ctx, b.patience(), func(r *recording.Recording) bool { return b.lull(r, x) })
	return b.writer.Mark(recording.Mark{Kind: recording.MarkAction, Exercise: x, Facts: f})
}

// list calls the list action, or asks a person for what it would do.
func (b *bench) list(ctx context.Context, x recording.Exercise) (facts, error) {
	act := b.config.Actions.List
	if act == nil {
		return facts{"action": "list", "by": "hand"}, b.walkByHand(ctx, x)
	}
	got, err := app.Do(ctx, *act, nil, b.config.App.Dir, b.environment)
	f := facts{"action": "list", "code": fmt.Sprint(got.Code), "value": got.Value}
	if err != nil {
		f["error"] = err.Error()
	} else if act.Count != "" {
		f["counts"] = "yes"
	}
	return f, ctx.Err()
}

// lull reports whether the walk's requests have stopped for a second.
func (b *bench) lull(r *recording.Recording, x recording.Exercise) bool {
	now, last := b.writer.Now(), time.Time{}
	for _, e := range r.Exchanges {
		if e.Exercise == x {
			last = later(last, e.End)
		}
	}
	return !last.IsZero() && now.Sub(last) > time.Second
}

// entry is a payout as the list shows it.
func (b *bench) entry(i int) json.RawMessage {
	data, err := json.Marshal(map[string]string{
		"id": fmt.Sprintf("%slist%04d", b.profile.Prefix.Payout, i), "status": string(anton.Completed),
		"amount": "1.00", "currency": b.currency(), "reference": fmt.Sprintf("%s-list-%d", b.run, i),
		"created_at": b.writer.Now().Add(-time.Duration(i) * time.Minute).Format(time.RFC3339),
	})
	if err != nil {
		return json.RawMessage(`{}`)
	}
	return data
}
