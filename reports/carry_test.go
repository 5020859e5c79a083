package reports

import (
	"path/filepath"
	"slices"
	"testing"
)

// What a cutover carries over is the same from a bundle's folder and from its
// archive, the ids of the sandbox among it.
func TestCarryFromArchive(t *testing.T) {
	dir := t.TempDir()
	run, bundle, archive := filepath.Join(dir, recordingFile), filepath.Join(dir, "bundle"), filepath.Join(dir, "bundle.zip")
	write(t, run, unpacked(t, "../fixtures/testdata/certified.jsonl.gz"))
	if err := Pack(run, bundle, nil); err != nil {
		t.Fatal(err)
	}
	if err := Zip(bundle, archive); err != nil {
		t.Fatal(err)
	}
	var ids [2][]string
	for i, path := range []string{bundle, archive} {
		b, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		ids[i] = Carry(b.Report).IDs
	}
	if len(ids[0]) == 0 || !slices.Equal(ids[0], ids[1]) {
		t.Errorf("%d ids from the folder, %d from the archive", len(ids[0]), len(ids[1]))
	}
}
