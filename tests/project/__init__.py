"""Generated projects at work: installed, checked by their own tests, run on real servers."""
