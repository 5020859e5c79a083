package exercise

import (
	"cmp"
	"context"

	"github.com/anton-payments/golive/proxy/app"
)

// live is the app's life in this run: start, readiness, what it is put through,
// end.
func (b *bench) live(ctx context.Context, s *Setup) (err error) {
	c := b.config.App
	b.app, err = app.Start(ctx, app.Options{
		Command: c.Command, Dir: c.Dir, Env: b.environment, Ready: c.Ready, Timeout: s.Ready, Logs: c.Logs,
		Leaks: b.leaks, Writer: b.writer, Scrub: b.scrub, Echo: s.Echo,
	})
	if err != nil {
		return b.unfitApp(s, err)
	}
	defer b.endApp()
	if err := b.ready(ctx, s.Signs); err != nil {
		return b.unready(ctx, s, err)
	}
	err = b.noted(s, b.act(ctx, s))
	return cmp.Or(err, b.app.Stop(context.WithoutCancel(ctx)))
}

// unfitApp is an app that did not start or was not ready: a sign for whoever
// examines, the end of any other run.
func (b *bench) unfitApp(s *Setup, why error) error {
	if s.Signs == nil {
		return &Unusable{why}
	}
	s.Signs.Trouble = why.Error()
	return b.noted(s, nil)
}

// unready is an app that started and then was not ready. Where it is plain why,
// the report tells.
func (b *bench) unready(ctx context.Context, s *Setup, why error) error {
	if ctx.Err() == nil && s.Signs == nil && !s.Passive {
		if c := b.distrusted(); c != nil {
			b.tell(c)
			return b.app.Stop(context.WithoutCancel(ctx))
		}
	}
	return cmp.Or(ctx.Err(), b.unfitApp(s, why))
}

// endApp makes sure that nothing of the app outlives the run.
func (b *bench) endApp() { _ = b.app.Kill() }
