"""What an expert would say of a message before it is sent. Pure: bytes in, findings out."""
