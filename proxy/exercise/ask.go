package exercise

import (
	"context"
	"strconv"
	"time"

	"github.com/anton-payments/golive/proxy/app"
	"github.com/anton-payments/golive/proxy/config"
	"github.com/anton-payments/golive/proxy/recording"
	"golang.org/x/sync/errgroup"
)

// answer is what an action said, boiled down to what can be compared.
type answer struct{ code, value string }

// ask calls a reading action. effects answers are compared by fingerprint.
func (o *operation) ask(ctx context.Context, name string, act config.Action) (answer, facts) {
	got, err := app.Do(ctx, act, o.values(), o.config.App.Dir, o.environment)
	a := answer{code: strconv.Itoa(got.Code), value: got.Value}
	if name == "effects" {
		a.value = o.scrub.Fingerprint("effects", string(got.Body))
	}
	f := facts{"action": name, "code": a.code, "value": a.value}
	if err != nil {
		f["error"] = err.Error()
	}
	return a, f
}

// observe reads status and effects until they hold still, 5 s at most, and marks
// the last answers. extra facts ("when", "delivery") are put beside them.
func (o *operation) observe(ctx context.Context, hold time.Duration, extra facts) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, named := range o.readers() {
		g.Go(func() error { return o.observeOne(ctx, named, hold, extra) })
	}
	return g.Wait()
}

type reader struct {
	name string
	act  config.Action
}

func (b *bench) readers() []reader {
	var all []reader
	if a := b.config.Actions.Status; a != nil {
		all = append(all, reader{"status", *a})
	}
	if a := b.config.Actions.Effects; a != nil {
		all = append(all, reader{"effects", *a})
	}
	return all
}

func (o *operation) observeOne(ctx context.Context, r reader, hold time.Duration, extra facts) error {
	const atMost, step = 5 * time.Second, 100 * time.Millisecond
	defer o.waits("the last word of "+r.name, atMost)()
	start := time.Now()
	since := start
	last, f := o.ask(ctx, r.name, r.act)
	for time.Since(since) < hold && time.Since(start) < atMost {
		if err := pause(ctx, step); err != nil {
			return err
		}
		next, g := o.ask(ctx, r.name, r.act)
		if next != last {
			since = time.Now()
		}
		last, f = next, g
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	for k, v := range extra {
		f[k] = v
	}
	return o.mark(recording.MarkAction, f)
}
