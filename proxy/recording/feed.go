package recording

import (
	"bytes"
	"encoding/json"
	"slices"
	"sync"
)

// Subscribe has f called with every event from now on as it stands in the
// recording, scrubbed, in order, one at a time, soon after it was written. f
// may append, but must not call Close. A call may still be under way when
// cancel returns. What f is slow to take waits in memory.
func (w *Writer) Subscribe(f func(Event)) (cancel func()) { return w.feed.add(f) }

// feed hands what was written to those who listen. Its goroutine lives while
// there is something to hand on.
type feed struct {
	mu        sync.Mutex
	idle      *sync.Cond
	listeners []*listener
	groups    [][]byte
	running   bool
}

type listener struct{ hear func(Event) }

func (f *feed) add(hear func(Event)) (cancel func()) {
	l := &listener{hear}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.listeners = append(slices.Clone(f.listeners), l)
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.listeners = slices.DeleteFunc(slices.Clone(f.listeners), func(other *listener) bool { return other == l })
	}
}

// push takes a group of whole lines, which the caller will use again.
func (f *feed) push(group []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.listeners) == 0 {
		return
	}
	f.groups = append(f.groups, bytes.Clone(group))
	if !f.running {
		f.running = true
		go f.run()
	}
}

func (f *feed) run() {
	for {
		f.mu.Lock()
		if len(f.groups) == 0 {
			f.running = false
			if f.idle != nil {
				f.idle.Broadcast()
			}
			f.mu.Unlock()
			return
		}
		group := f.groups[0]
		f.groups = f.groups[1:]
		f.mu.Unlock()
		for text := range bytes.Lines(group) {
			f.tell(text)
		}
	}
}

// tell hands one line to all who listen at that moment.
func (f *feed) tell(text []byte) {
	f.mu.Lock()
	listeners := f.listeners
	f.mu.Unlock()
	for _, l := range listeners {
		var e Event // one each: a listener may keep and change it
		if json.Unmarshal(text, &e) == nil {
			l.hear(e)
		}
	}
}

// wait returns when all that was pushed has been told.
func (f *feed) wait() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.idle == nil {
		f.idle = sync.NewCond(&f.mu)
	}
	for f.running {
		f.idle.Wait()
	}
}
