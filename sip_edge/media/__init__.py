"""The sound of calls: session descriptions pass through an rtpengine where the ends could not hear each other."""
