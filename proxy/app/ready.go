package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"syscall"
	"time"

	"github.com/anton-payments/golive/proxy/recording"
)

const (
	readyEvery   = 100 * time.Millisecond
	earlyExit    = 300 * time.Millisecond // without Ready: an app that ends sooner ended at once
	portPatience = 2 * time.Second        // how long a killed app's port may take to become free
	shownTail    = 10                     // lines of output in an error
)

// direct is how the harness itself talks to the app: past every proxy, without
// following, and without keeping a connection that a restart would break.
var direct = &http.Client{
	Transport:     &http.Transport{DisableKeepAlives: true, DisableCompression: true},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// WaitReady waits until Ready answers 2xx; without Ready, whether the app ends
// at once. The error tells what was polled, its last answer, and the app's last
// lines.
func (a *App) WaitReady(ctx context.Context) error {
	exited := a.Exited()
	if a.o.Ready == "" {
		select {
		case <-exited:
			return a.exitError()
		case <-ctx.Done():
			return fmt.Errorf("waiting for the app: %w", ctx.Err())
		case <-time.After(earlyExit):
			return a.mark(recording.MarkReady, nil)
		}
	}
	deadline := time.NewTimer(a.o.Timeout)
	defer deadline.Stop()
	ticks := time.NewTicker(readyEvery)
	defer ticks.Stop()
	for {
		last := a.poll(ctx)
		if last == "" {
			return a.mark(recording.MarkReady, map[string]string{"url": a.o.Ready})
		}
		select {
		case <-exited:
			return a.exitError()
		case <-ctx.Done():
			return fmt.Errorf("waiting for the app: %w", ctx.Err())
		case <-deadline.C:
			return a.readyError(last)
		case <-ticks.C:
		}
	}
}

// poll asks Ready once; "" when it answered 2xx, else what it answered.
func (a *App) poll(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(ctx, min(a.o.Timeout, 5*time.Second))
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, a.o.Ready, nil)
	if err != nil {
		return err.Error()
	}
	answer, err := direct.Do(request)
	if err != nil {
		return plain(err)
	}
	answer.Body.Close()
	if answer.StatusCode/100 == 2 {
		return ""
	}
	return "it answered " + answer.Status
}

// plain is a network error in the words of a person.
func plain(err error) string {
	var asked *url.Error
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens there"
	case errors.Is(err, syscall.ECONNRESET):
		return "it cut the connection"
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer in time"
	case errors.As(err, &asked):
		return asked.Err.Error()
	}
	return err.Error()
}

func (a *App) readyError(last string) error {
	if err := a.portTaken(); err != nil {
		return err
	}
	return fmt.Errorf("the app is not ready after %s: %s: %s; is app.ready right?%s", a.o.Timeout, a.o.Ready, last, a.said())
}

func (a *App) exitError() error {
	if err := a.portTaken(); err != nil {
		return err
	}
	p := a.current()
	p.mu.Lock()
	code := p.code
	p.mu.Unlock()
	if code == 0 {
		return fmt.Errorf("the app ended at once with exit code 0; golive wants it in the foreground%s", a.said())
	}
	return fmt.Errorf("the app ended at once with exit code %d; start it by hand to see why%s", code, a.said())
}

// said are the app's last lines, for the end of an error.
func (a *App) said() string {
	lines := a.sinceStart(shownTail)
	if len(lines) == 0 {
		return "; it wrote nothing"
	}
	return "; its last lines:\n  " + strings.Join(lines, "\n  ")
}

// sinceStart are the last n lines of the present start.
func (a *App) sinceStart(n int) []string {
	if p := a.current(); p != nil {
		n = min(n, a.Lines()-p.before)
	}
	return a.Tail(n)
}

// taken is how the usual stacks say that their port is taken.
var taken = regexp.MustCompile(`(?i)EADDRINUSE|address already in use|port \d+ is (already )?in use|only one usage of each socket address`)

func (a *App) portTaken() error {
	for _, line := range a.sinceStart(tailLines) {
		if taken.MatchString(line) {
			return portError(a.port(), a.said())
		}
	}
	return nil
}

func portError(port, said string) error {
	if port == "" {
		return fmt.Errorf("a port of the app is taken by another process; stop it or change the port%s", said)
	}
	return fmt.Errorf("port %s is taken by another process; stop it or change PORT%s", port, said)
}

// port is the port of Ready on this machine; "" when there is none.
func (a *App) port() string {
	u, err := url.Parse(a.o.Ready)
	if err != nil || a.o.Ready == "" {
		return ""
	}
	if ip := net.ParseIP(u.Hostname()); u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return ""
	}
	if u.Port() == "" {
		return map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return u.Port()
}

// portFree refuses to start beside a process that would answer in the app's
// place.
func (a *App) portFree(ctx context.Context, patience time.Duration) error {
	port := a.port()
	if port == "" {
		return nil
	}
	u, err := url.Parse(a.o.Ready)
	if err != nil {
		return fmt.Errorf("app.ready: %w", err)
	}
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		dialer := net.Dialer{Timeout: time.Second}
		conn, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(u.Hostname(), port))
		if err != nil {
			return nil
		}
		conn.Close()
		if !time.Now().Before(end) {
			return portError(port, "")
		}
	}
}
