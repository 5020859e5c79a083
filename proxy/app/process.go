package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"time"

	"github.com/anton-payments/golive/proxy/recording"
)

// process is one start of the app.
type process struct {
	cmd    *exec.Cmd
	exited chan struct{} // closed when it went by itself
	done   chan struct{} // closed when it is gone and its output read
	before int           // lines of output there were when it was started

	mu   sync.Mutex
	ours bool // golive ends it
	gone bool
	code int // of the exit; 128 and the signal's number when a signal ended it
}

// outputGrace is how long output is read on after the app has gone, when
// something that it left behind holds the other end.
const outputGrace = time.Second

// start starts the command, when nothing listens on its port.
func (a *App) start(ctx context.Context, patience time.Duration) error {
	if err := a.portFree(ctx, patience); err != nil {
		return err
	}
	cmd := exec.Command(a.o.Command[0], a.o.Command[1:]...)
	p := &process{cmd: cmd, exited: make(chan struct{}), done: make(chan struct{}), before: a.Lines()}
	cmd.Dir, cmd.Env = a.o.Dir, a.o.Env
	cmd.Stdout, cmd.Stderr = a.stdout, a.stderr
	cmd.WaitDelay = outputGrace
	ownGroup(cmd)
	if err := cmd.Start(); err != nil {
		return a.startError(err)
	}
	a.mu.Lock()
	a.process = p
	a.mu.Unlock()
	err := a.mark(recording.MarkStarted, nil)
	go a.watch(p)
	if err != nil {
		p.claim()
		p.kill()
	}
	return err
}

// startError says what is wrong with the command.
func (a *App) startError(err error) error {
	name := a.o.Command[0]
	if info, statErr := os.Stat(a.o.Dir); a.o.Dir != "" && (statErr != nil || !info.IsDir()) {
		return fmt.Errorf("folder %s not found; set app.dir to the app's folder", a.o.Dir)
	}
	switch {
	case errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("command %s not found; is it installed, and spelled right?", name)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("command %s may not be executed; chmod +x it, or start it by its interpreter", name)
	}
	return fmt.Errorf("command %s: %w", name, err)
}

// watch waits for the end of the process.
func (a *App) watch(p *process) {
	// The state tells more than the error.
	_ = p.cmd.Wait()
	a.stdout.flush()
	a.stderr.flush()
	p.mu.Lock()
	p.gone, p.code = true, exitCode(p.cmd.ProcessState)
	byItself := !p.ours
	p.mu.Unlock()
	if byItself {
		// A writer that cannot write ends the run by itself.
		_ = a.mark(recording.MarkExited, map[string]string{"code": strconv.Itoa(p.code)})
		close(p.exited)
	}
	close(p.done)
}

// claim says that golive ends the process; false when it was gone before.
func (p *process) claim() (alive bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ours = true
	return !p.gone
}

// groupGrace is how long is waited for workers whose end nobody reports.
const groupGrace = time.Second

// kill ends the process and its workers, and waits until they are gone.
func (p *process) kill() {
	killGroup(p.cmd)
	<-p.done
	for end := time.Now().Add(groupGrace); groupAlive(p.cmd) && time.Now().Before(end); {
		time.Sleep(5 * time.Millisecond)
	}
}

func (p *process) terminate() { terminateGroup(p.cmd) }
