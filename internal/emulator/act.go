package emulator

import (
	"io"
	"net/http"
	"strings"
)

// actLimit is how much of what somebody wants done is read.
const actLimit = 1 << 20

// Act serves POST /_emulator/{name}: somebody does something in the emulated world. What do returns is
// written as JSON; an error is answered 400 with {"error": …}. Pages of other sites can't act: a browser asks
// before it sends JSON elsewhere, and is not allowed to.
func (h *Host) Act(name string, do func(r *http.Request, body []byte) (any, error)) {
	h.acts[name] = do
}

func (h *Host) serveAct(w http.ResponseWriter, r *http.Request, do func(r *http.Request, body []byte) (any, error)) {
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		http.Error(w, "the body must be application/json", http.StatusUnsupportedMediaType)
		return
	}
	status := http.StatusOK
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, actLimit))
	var answer any
	if err == nil {
		answer, err = do(r, body)
	}
	if err != nil {
		status, answer = http.StatusBadRequest, map[string]string{"error": err.Error()}
	}
	w.Header().Set("Content-Type", JSONType)
	w.WriteHeader(status)
	_, _ = w.Write(append(Encode(answer), '\n'))
}
