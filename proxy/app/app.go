// Package app is the merchant's app: its start and environment, readiness,
// output and log files with the canaries in them, kill and restart, and the
// actions that make it act.
package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"sync"
	"time"

	"github.com/anton-payments/golive/proxy/recording"
)

// Options say how the app is started. A zero Options is an app that runs
// already, without readiness, log files and recording.
type Options struct {
	Command []string          // empty: golive does not start it; only Logs are followed and Ready polled
	Dir     string            // its working folder; empty: the present one
	Env     []string          // complete environment of the child, see Environment; nil: that of golive
	Ready   string            // URL polled until 2xx; empty: none
	Timeout time.Duration     // for Ready; 0: 30 s
	Logs    []string          // globs besides stdout and stderr, relative to Dir; followed from their size at start
	Leaks   *Leaks            // canaries to search the output for; nil: none
	Writer  *recording.Writer // takes findings and marks; nil: none
	Scrub   *recording.Scrub  // makes lines fit to be shown; nil: shown as written
	Echo    io.Writer         // gets the output, scrubbed, each line behind "app | "; nil: none
}

// App is the merchant's app over all its starts. Safe for concurrent use, but
// Kill, Restart and Stop are for one caller at a time.
type App struct {
	o      Options
	out    *output
	stdout *stream
	stderr *stream
	logs   *follower

	mu      sync.Mutex
	process *process // the present or last one; nil: not started by golive
	stopped bool
}

// Start starts the app in a process group of its own, and follows its log
// files. It does not wait: WaitReady does. ctx bounds the start alone, the app
// lives until Stop. The error says what to do: the port is taken, the folder or
// the command was not found.
func Start(ctx context.Context, o Options) (*App, error) {
	if o.Timeout == 0 {
		o.Timeout = 30 * time.Second
	}
	a := &App{o: o}
	a.out = &output{o: &a.o}
	a.stdout = &stream{out: a.out, name: "stdout"}
	a.stderr = &stream{out: a.out, name: "stderr"}
	a.logs = follow(&a.o, a.out)
	if len(o.Command) == 0 {
		return a, nil
	}
	if err := a.start(ctx, 0); err != nil {
		a.logs.end()
		return nil, err
	}
	return a, nil
}

// Exited is closed when the app, as it was last started, went by itself: not by
// Kill, Restart or Stop. Ask again after Restart.
func (a *App) Exited() <-chan struct{} {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.process == nil {
		return nil
	}
	return a.process.exited
}

// Tail are the last n lines of output, at most 200, oldest first, scrubbed.
func (a *App) Tail(n int) []string { return a.out.last(n) }

// Lines is how many whole lines were written since Start, all streams and log
// files together.
func (a *App) Lines() int { return a.out.count() }

// errNotOurs: golive cannot kill what it did not start.
var errNotOurs = errors.New("the app was not started by golive; give app.command or the command after --")

// Kill ends the app with all its workers at once, as a power cut would, and
// waits until they are gone. Killing what is gone already does nothing.
func (a *App) Kill() error {
	p := a.current()
	if p == nil {
		return errNotOurs
	}
	alive := p.claim()
	p.kill()
	if alive {
		return a.mark(recording.MarkKilled, nil)
	}
	return nil
}

// Restart kills the app if it is alive, starts it again and waits until it is
// ready.
func (a *App) Restart(ctx context.Context) error {
	if err := a.Kill(); err != nil {
		return err
	}
	if err := a.start(ctx, portPatience); err != nil {
		return err
	}
	return a.WaitReady(ctx)
}

// stopGrace is how long the app may take to end by itself.
const stopGrace = 5 * time.Second

// Stop asks the app to end (SIGTERM), kills it after 5 s or when ctx is done,
// reads the rest of its output and marks how many lines there were. Stopping
// again does nothing.
func (a *App) Stop(ctx context.Context) error {
	a.mu.Lock()
	again, p := a.stopped, a.process
	a.stopped = true
	a.mu.Unlock()
	if again {
		return nil
	}
	if p != nil {
		if p.claim() {
			p.terminate()
			grace := time.NewTimer(stopGrace)
			defer grace.Stop()
			select {
			case <-p.done:
			case <-grace.C:
			case <-ctx.Done():
			}
		}
		p.kill()
	}
	a.logs.end()
	return a.mark(recording.MarkOutput, map[string]string{"lines": strconv.Itoa(a.Lines())})
}

func (a *App) current() *process {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.process
}

func (a *App) mark(kind recording.MarkKind, facts map[string]string) error {
	if a.o.Writer == nil {
		return nil
	}
	if err := a.o.Writer.Mark(recording.Mark{Kind: kind, Facts: facts}); err != nil {
		return fmt.Errorf("mark %s: %w", kind, err)
	}
	return nil
}
