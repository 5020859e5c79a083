package exercise

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/anton-payments/golive/fixtures/anton"
	"github.com/anton-payments/golive/proxy"
	"github.com/anton-payments/golive/proxy/app"
	"github.com/anton-payments/golive/proxy/authority"
	"github.com/anton-payments/golive/proxy/recording"
	"github.com/anton-payments/golive/proxy/webhook"
)

// Run carries out a run: recording, upstream, proxy, app, plan; and takes them
// down again in the other order. The recording is closed whatever happens.
func Run(ctx context.Context, s Setup) (Result, error) {
	p, err := anton.ByName(s.Config.Profile)
	if err != nil {
		return Result{}, &Unusable{err}
	}
	if err := s.guard(p); err != nil {
		return Result{}, err
	}
	b := &bench{
		config: s.Config, profile: p, scrub: recording.NewScrub(), watch: newWatch(), screen: &screen{out: s.Narrate, size: s.Size},
		progress:  &progress{now: time.Now, tell: s.Tell},
		undecided: s.Undecided, breaker: s.Breaker,
		run: "GL" + strings.ToUpper(letters(6)), funds: map[string]funds{}, owners: map[string]recording.Exercise{},
		hands: handsAt(&s), slots: make(chan struct{}, max(1, s.Config.Concurrency)),
	}
	b.leaks = app.NewLeaks(b.scrub)
	folder := filepath.Join(s.Dir, b.run)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return Result{}, unusable("run folder: %w; name another with --dir", err)
	}
	result := Result{Recording: filepath.Join(folder, "recording.jsonl")}
	err = cmp.Or(b.record(ctx, &s, result.Recording), b.keepConfig(folder))
	result.Interrupted = ctx.Err() != nil && !s.Passive
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		err = nil
	}
	return result, err
}

// record runs between the recording's first line and its last.
func (b *bench) record(ctx context.Context, s *Setup, path string) (err error) {
	key, secret := Secrets()
	b.secret = secret
	for _, d := range [][2]string{{recording.KindTestKey, key}, {recording.KindWebhookSecret, secret}} {
		b.scrub.Know(d[0], d[1])
		b.leaks.Watch(d[0], d[1])
	}
	b.knowProxies(os.Environ())
	handed := ""
	if len(s.Config.App.Command) > 0 {
		handed = b.scrub.Fingerprint(recording.KindTestKey, key)
	}
	open := s.open(b.run, handed)
	if s.Signs != nil {
		s.Signs.Seen.Open = open
	}
	b.writer, err = recording.Create(path, b.scrub, open)
	if err != nil {
		return err
	}
	if s.Hear != nil {
		s.Hear(recording.Event{Open: &open})
		defer b.writer.Subscribe(s.Hear)()
	}
	defer b.writer.Subscribe(b.watch.take)()
	ctx, cancel := b.untilFailed(ctx)
	defer cancel()
	if err = cmp.Or(b.state(s.Waivers), b.search(ctx, s)); err == nil {
		err = b.connect(ctx, s, key)
	}
	reason := "finished"
	if ctx.Err() != nil && !s.Passive {
		reason = "interrupted"
	}
	return cmp.Or(b.writer.Err(), err, b.writer.Close(reason))
}

// knowProxies keeps the credentials of the machine's own proxies out of all that
// is written.
func (b *bench) knowProxies(env []string) {
	for _, entry := range env {
		name, value, _ := strings.Cut(entry, "=")
		way, err := url.Parse(value)
		if !strings.HasSuffix(strings.ToUpper(name), "_PROXY") || err != nil || way.User == nil {
			continue
		}
		password, _ := way.User.Password()
		for _, text := range []string{value, way.User.Username() + ":" + password, password} {
			b.scrub.Know(recording.KindToken, text)
		}
	}
}

// untilFailed ends with ctx, or when something cannot be recorded: that ends the run.
func (b *bench) untilFailed(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		select {
		case <-b.writer.Failed():
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

// keepConfig writes golive.yaml as used beside the recording, nothing secret in it.
func (b *bench) keepConfig(folder string) error {
	text, err := b.config.Used(func(value string) string { return b.scrub.Fingerprint("env", value) })
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "golive.yaml"), []byte(b.scrub.Text(string(text))), 0o600)
}

// state records what persons say, and no traffic shows.
func (b *bench) state(waivers []recording.Waiver) error {
	var err error
	for _, a := range b.config.Attestations {
		err = cmp.Or(err, b.writer.Append(recording.Event{Attestation: &a}))
	}
	for _, w := range waivers {
		err = cmp.Or(err, b.writer.Append(recording.Event{Waiver: &w}))
	}
	return err
}

// connect has the upstream and the proxy stand while the app runs.
func (b *bench) connect(ctx context.Context, s *Setup, key string) error {
	b.upstream = s.Upstream
	if s.Embedded != nil {
		deliver := b.sender().Transport(webhook.Wire, b.owner)
		at, stop, err := s.Embedded(key, b.secret, carrier{deliver, &b.deliveries})
		if err != nil {
			return fmt.Errorf("embedded sandbox: %w", err)
		}
		defer stop()
		b.upstream = at
	}
	b.bank = newBank(b.upstream, key, b.profile)
	if !s.Passive {
		if err := b.survey(ctx); err != nil {
			return b.bank.unreached(err)
		}
	}
	ca, err := authority.New([]string{b.profile.Sandbox, b.profile.Production}, b.writer.Now())
	if err != nil {
		return err
	}
	b.proxy, err = proxy.Start(proxy.Options{
		Profile: b.profile, Writer: b.writer, Scrub: b.scrub, Authority: ca, Handed: key, Log: b.say,
		Upstream: proxy.Upstream{URL: b.upstream.URL, Roots: b.upstream.Roots, Key: b.upstream.Key, Proxy: b.upstream.Proxy},
	})
	if err != nil {
		return err
	}
	defer b.hangUp()
	return b.host(ctx, s, ca, key)
}

// hangUp waits for exchanges that are still under way, 5 s at most.
func (b *bench) hangUp() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := b.proxy.Shutdown(ctx); err != nil {
		b.say("! proxy: %v", err)
	}
}

// host has the app run, in a folder of files that goes when it ends.
func (b *bench) host(ctx context.Context, s *Setup, ca *authority.Authority, key string) error {
	dir, err := os.MkdirTemp("", "golive-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	files, err := ca.WriteFiles(dir)
	if err != nil {
		return err
	}
	vars := b.variables(key, dir)
	if b.config.Alerts.Listen {
		sink, stop, err := b.listen()
		if err != nil {
			return err
		}
		defer stop()
		vars[alertVariable] = sink
	}
	if b.environment, err = b.environ(files, dir, vars); err != nil {
		return err
	}
	if len(b.config.App.Command) == 0 {
		b.say("proxy: %s (CA %s), base URL: %s", b.proxy.ProxyURL(), files.CA, b.proxy.BaseURL())
		return b.noted(s, b.act(ctx, s))
	}
	return b.live(ctx, s)
}

// variables are what the app is handed by name.
func (b *bench) variables(key, dir string) map[string]string {
	c, vars := b.config.App, map[string]string{"STATE_DIR": filepath.Join(dir, "state")}
	base := "https://" + b.profile.Sandbox
	if c.Route == "base_url" {
		base = b.proxy.BaseURL()
	}
	vars[c.Variables.APIKey], vars[c.Variables.BaseURL], vars[c.Variables.WebhookSecret] = key, base, b.secret
	for name, value := range c.Env {
		vars[name] = value
	}
	return vars
}
