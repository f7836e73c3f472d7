"""The data stage: files, downloads and made digits -> labelled 28x28 images."""
