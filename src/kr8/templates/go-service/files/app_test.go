package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func ask(t *testing.T, a *app, method, path, body string) *http.Response {
	t.Helper()
	request := httptest.NewRequest(method, path, strings.NewReader(body))
	request.Header.Set("Content-Type", "a/b")
	recorded := httptest.NewRecorder()
	a.ServeHTTP(recorded, request)
	return recorded.Result()
}

func text(t *testing.T, response *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestEveryAnswerNamesTheVersion(t *testing.T) {
	for _, path := range []string{"/", "/healthz", "/metrics", "/nowhere"} {
		if got := ask(t, newApp("abc123"), "GET", path, "").Header.Get("X-App-Version"); got != "abc123" {
			t.Errorf("%s: version %q", path, got)
		}
	}
}

func TestAPostedBodyComesBack(t *testing.T) {
	response := ask(t, newApp(""), "POST", "/", "\x00hello")
	if got := text(t, response); got != "\x00hello" || response.Header.Get("Content-Type") != "a/b" {
		t.Errorf("%q as %s", got, response.Header.Get("Content-Type"))
	}
}

func TestWhatIsAnsweredWithWhichStatus(t *testing.T) {
	for _, each := range []struct {
		method, path, body string
		status             int
	}{
		{"GET", "/healthz", "", http.StatusOK},
		{"POST", "/", strings.Repeat("x", bodyLimit+1), http.StatusRequestEntityTooLarge},
		{"GET", "/nowhere", "", http.StatusNotFound},
		{"DELETE", "/", "", http.StatusMethodNotAllowed},
	} {
		if got := ask(t, newApp(""), each.method, each.path, each.body).StatusCode; got != each.status {
			t.Errorf("%s %s: %d", each.method, each.path, got)
		}
	}
}

func TestRequestsAreCounted(t *testing.T) {
	a := newApp("")
	ask(t, a, "GET", "/", "")
	ask(t, a, "BREW", "/", "")
	got := text(t, ask(t, a, "GET", "/metrics", ""))
	for _, line := range []string{
		`app_requests_total{method="GET",status="200"} 1`,
		`app_requests_total{method="other",status="405"} 1`,
		`app_request_seconds_bucket{le="+Inf"} 2`,
	} {
		if !strings.Contains(got, line+"\n") {
			t.Errorf("no line %s in\n%s", line, got)
		}
	}
}

func TestWhatIsOpenIsAnsweredBeforeItStops(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- serve(ctx, listener) }()
	reader, writer := io.Pipe()
	answered := make(chan string, 1)
	go func() {
		response, err := http.Post("http://"+listener.Addr().String(), "a/b", reader)
		if err != nil {
			answered <- err.Error()
			return
		}
		body, _ := io.ReadAll(response.Body)
		answered <- string(body)
	}()
	if _, err := writer.Write([]byte("half ")); err != nil {
		t.Fatal(err)
	}
	time.Sleep(50 * time.Millisecond) // until the server has it
	stop()
	if _, err := writer.Write([]byte("whole")); err != nil {
		t.Fatal(err)
	}
	writer.Close()
	if got := <-answered; got != "half whole" {
		t.Errorf("answered %q", got)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
