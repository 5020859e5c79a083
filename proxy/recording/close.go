package recording

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
)

// Close writes the closing line with the reason ("finished", "interrupted"),
// syncs the file and closes it, and waits until the subscribers have seen all.
// After an error there is no closing line. Further calls do nothing; all give
// the first error there was.
func (w *Writer) Close(reason string) error {
	w.closed.Do(func() {
		w.mu.Lock()
		err := w.err
		w.ended = true // before the lock is let go of: nothing comes behind the closing line
		if err == nil {
			w.enqueue(w.closing(reason))
			err = w.commit(w.n)
		}
		w.mu.Unlock()
		if err == nil {
			err = cmp.Or(w.file.Sync(), w.inPlace())
		}
		if late := w.file.Close(); err == nil {
			err = late
		}
		if err != nil {
			w.fail(err)
		}
		w.feed.wait()
	})
	return w.Err()
}

// inPlace makes sure that the recording lies where it was begun.
func (w *Writer) inPlace() error {
	own, err := w.file.Stat()
	if err != nil {
		return err
	}
	if there, err := os.Stat(w.file.Name()); err != nil || !os.SameFile(own, there) {
		return fmt.Errorf("%s was moved or replaced while it was written: run golive again, and leave the folder alone", w.file.Name())
	}
	return nil
}

// closing is the closing line's event. The lock is held.
func (w *Writer) closing(reason string) []byte {
	text, _ := json.Marshal(Close{At: w.Now(), Count: w.n, Reason: reason})
	event := append([]byte(`"close":`), text[:len(text)-1]...)
	w.n++
	sum := sha256.Sum256(append(w.head(nil), event...))
	w.n--
	return append(append(append(event, sumOpens...), hex.EncodeToString(sum[:])...), sumCloses...)
}

// What stands around the closing line's own hash.
const sumOpens, sumCloses = `,"sum":"`, `"}}`
